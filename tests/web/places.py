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
    Place("/enter", None),
    Place("/orders", None, 401),
    Place("/nowhere", "camille", 404),
    Place("/console", "camille", 403),
    Place("/orders", "camille"),
    Place("/orders", "tomas"),
    Place("/orders", "ines", 403),
    Place("/orders/{tea-room-logo}", "camille"),
    Place("/orders/{tea-room-logo}", "lucie"),
    Place("/orders/{podcast-site}", "grace"),
    Place("/orders/{podcast-site}", "tomas"),
    Place("/orders/{tea-room-logo}/actions/complete", "camille"),
    Place("/orders/{tea-room-logo}/actions/open_dispute", "camille"),
    Place("/orders/{podcast-site}/actions/propose_settlement", "grace"),
    Place("/wallet", "lucie"),
    Place("/wallet", "ines", 403),
    Place("/disputes", "ines"),
    Place("/disputes/{choir-logo}", "ines"),
    Place("/disputes/{choir-logo}/actions/resolve", "ines"),
    Place("/console", "nadia"),
    Place("/console/orders", "nadia"),
    Place("/console/orders/{tea-room-logo}", "nadia"),
    Place("/console/orders/{tea-room-logo}/actions/cancel", "nadia"),
    Place("/console/people", "nadia"),
    Place("/console/people/grace", "nadia"),
    Place("/console/transfers", "nadia"),
    Place("/console/deliveries", "nadia"),
    Place("/console/findings", "nadia"),
    Place("/console/clock", "nadia"),
    Place("/inbox", "grace"),
    Place("/settings", "grace"),
    Place("/services", "lucie"),
    Place("/reputation", "lucie"),
]
