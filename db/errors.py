"""What can go wrong between the product and its database.

DatabaseError
├── Unavailable        away, restarting or too slow; nothing changed, repeat later
├── InsufficientFunds  a wallet holds less than a posting takes
└── Crowded            too much that one caller asked of an order waits to be decided
"""


class DatabaseError(Exception):
    """The base of this package's errors."""


class Unavailable(DatabaseError):
    """The database did not answer. Whatever was asked can be asked again."""


class InsufficientFunds(DatabaseError):
    """The ledger refused to take a wallet below zero. Nothing changed."""


class Crowded(DatabaseError):
    """An order takes no more requests of a caller before it has decided some. Nothing changed."""
