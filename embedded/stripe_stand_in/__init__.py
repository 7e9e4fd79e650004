"""A stand-in of Stripe, for demonstrations and tests: no money moves, and nobody is asked for any.

It is strict, speaks enough of Stripe's API for Stripe's own client, and does on demand what goes
wrong with real providers. `python -m embedded.stripe_stand_in`.
"""
