"""Everything is broken on purpose while many people use the product, and then it is counted.

    python -m tests.chaos --orders 2000 --faults 200 --seed 1

`plan` says from a seed who does what and what is broken when; `lives` plays it with careful
`clients`; `faults` breaks processes and the links of `proxy`; `evidence` reads what is left, and
`oracles` compares it with what the clients were told.

`test_oracles` shows the oracles what is known to be bad. `--control forgetful_keys` and `--control
unsafe_commits` run a product that is, and a round must find it out; the latter where the plan kills
PostgreSQL, as with `--orders 60 --faults 10 --seed 133`. The others do wrong by money that
comes from a payment provider, goes there, or is taken back by banks.
"""
