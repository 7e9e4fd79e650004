"""What can go wrong between the product and its database.

DatabaseError
├── Unavailable        away, restarting or too slow; nothing changed, repeat later
├── Spoiled            what is kept of one thing cannot be read; the others can
├── InsufficientFunds  a wallet, or what was earned, holds less than a posting takes
├── Crowded            too much that one caller asked of an order waits to be decided
├── TooManyAttempts    one caller has tried too much on an order in a short time
├── TooManyOpen        too many payments of one person wait to be made
├── NewerRefusal       it refuses something for a reason that a newer release knows
├── ServiceChanged     a service is no longer on sale as it was read
├── ExternalIdTaken    what the marketplace calls something is the name of another
└── AnotherContent     a posting's key is in the books already, with something else under it
"""

from collections.abc import Collection


class DatabaseError(Exception):
    """The base of this package's errors."""


class Unavailable(DatabaseError):
    """The database did not answer. Whatever was asked can be asked again."""


class Spoiled(DatabaseError):
    """What is kept of one thing is not what this release knows: somebody else wrote to it, or a
    newer release did. `what` names it, as in `order …`; `because` is an error's name, for logs."""

    def __init__(self, what: str, because: str, known_to: Collection[str] = ()) -> None:
        super().__init__(f"{what} cannot be read ({because})")
        self.what = what
        self.because = because
        self.known_to = known_to
        """The users who may know that there is such a thing."""


class InsufficientFunds(DatabaseError):
    """The ledger refused to take a wallet below zero, or more than was earned. Nothing changed."""


class Crowded(DatabaseError):
    """An order takes no more requests of a caller before it has decided some. Nothing changed."""


class TooManyAttempts(DatabaseError):
    """A caller has tried so much on an order that they may try again in `wait_seconds` only.
    Nothing changed."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"one caller may try again in {wait_seconds} s")
        self.wait_seconds = wait_seconds


class TooManyOpen(DatabaseError):
    """As many payments of one person wait to be made as may. Nothing changed."""


class NewerRefusal(DatabaseError):
    """What was asked is refused for a reason that only a newer release knows, whose functions are
    in the database already. Nothing changed; `why` is in the words of that release."""

    def __init__(self, why: str) -> None:
        super().__init__(f"refused as only a newer release knows: {why}")
        self.why = why


class ServiceChanged(DatabaseError):
    """A service has moved on to another version, or is sold no more. Nothing changed."""


class ExternalIdTaken(DatabaseError):
    """Another thing of the same kind has this external id. Nothing changed."""


class AnotherContent(DatabaseError):
    """A posting of this key was written before, and says something else. Nothing changed."""
