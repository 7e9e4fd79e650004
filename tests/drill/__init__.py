"""A stack is backed up while it works, loses everything, and is restored in every way there is.

    python -m tests.drill

`market` has people place orders and pay; `backups` takes what operators take; `restoring` sets a
machine up anew from it, as docs/backup.md says; `after` has the commands asked and every order
brought to its end; `oracles` says what does not hold.
"""
