"""Every page that somebody can be on, and whose it is."""

from dataclasses import dataclass

from tests.app_under_test import Person
from tests.web.marketplace import Marketplace, demo_person


@dataclass(frozen=True)
class Place:
    """A page: its path, in which the name of an order stands for its id, and who looks at it."""

    path: str
    reader: str | None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.reader or 'nobody'}:{self.path}"

    @property
    def who(self) -> Person | None:
        """The person who looks."""
        return demo_person(self.reader) if self.reader else None

    def at(self, marketplace: Marketplace) -> str:
        """The path there."""
        return self.path.format_map(marketplace.orders)


PLACES = [
    Place("/session", None),
    Place("/session?token=spoiled", None, 401),
    Place("/orders", None, 401),
    Place("/nowhere", "camille", 404),
]
