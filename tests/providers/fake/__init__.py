"""A payment provider of our own that is strict: it speaks enough of Stripe's API for Stripe's own
client, and does on demand what goes wrong with real ones. `python -m tests.providers.fake`."""
