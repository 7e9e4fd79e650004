"""Every page that somebody can be on, and whose it is."""

from dataclasses import dataclass

from tests.app_under_test import Person
from tests.web.marketplace import Marketplace, demo_person

NEWCOMER = "newcomer"


@dataclass(frozen=True)
class Place:
    """A page: its path, in which names of the story stand for ids, and who looks at it: one of the
    demonstration's people, or somebody who is new."""

    path: str
    reader: str | None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.reader or 'nobody'}:{self.path}"

    @property
    def who(self) -> Person | None:
        """The person who looks."""
        if self.reader == NEWCOMER:
            return Person("new-here", ("user",))
        return demo_person(self.reader) if self.reader else None

    def at(self, marketplace: Marketplace) -> str:
        """The path there."""
        return self.path.format_map(marketplace.ids)


_ORDERS = {
    "spring-menu": ("camille", "lucie"),
    "dog-portrait": ("marc", "aiko"),
    "market-hall": ("grace", "lucie"),
    "archive-site": ("grace", "tomas"),
    "late-site": ("camille", "tomas"),
    "studio-card": ("tomas", "lucie"),
    "shop-window": ("camille", "lucie"),
    "ski-speed": ("marc", "tomas"),
    "tea-room-logo": ("camille", "lucie"),
    "podcast-site": ("grace", "tomas"),
    "choir-logo": ("grace", "lucie"),
    "signboard": ("camille", "lucie"),
    "double-booked": ("grace", "tomas"),
    "lagos-radio": ("grace", "tomas"),
}
"""Orders in each state and situation, with their buyer and their seller."""

_ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "tea-room-logo": {"camille": ("complete", "open_dispute"), "lucie": ("cancel",)},
    "podcast-site": {"grace": ("propose_settlement", "accept_settlement", "request_offer")},
    "shop-window": {"lucie": ("accept_revision", "refuse_revision")},
    "late-site": {"tomas": ("deliver", "make_offer"), "camille": ("cancel",)},
    "choir-logo": {"lucie": ("add_statement",)},
}

PLACES = [
    Place("/session", None),
    Place("/session?token=spoiled", None, 401),
    Place("/enter", None),
    Place("/orders", None, 401),
    Place("/nowhere", "camille", 404),
    Place("/console", "camille", 403),
    Place("/wallet", "ines", 403),
    *(Place("/orders", who) for who in ("camille", "tomas", "aiko")),
    *(Place(f"/orders/{{{name}}}", who) for name, both in _ORDERS.items() for who in both),
    *(
        Place(f"/orders/{{{name}}}/actions/{action}", who)
        for name, by in _ACTIONS.items()
        for who, actions in by.items()
        for action in actions
    ),
    *(
        Place(path, NEWCOMER)
        for path in ("/orders", "/wallet", "/services", "/reputation", "/inbox")
    ),
    *(Place("/wallet", who) for who in ("lucie", "aiko")),
    Place("/services", "lucie"),
    Place("/services", "camille"),
    Place("/services/new", "lucie"),
    Place("/services/{logo}", "lucie"),
    Place("/services/{logo}", "grace"),
    *(Place("/reputation", who) for who in ("tomas", "aiko")),
    *(Place("/inbox", who) for who in ("grace", "ines", "nadia")),
    *(Place("/settings", who) for who in ("grace", "ines")),
    *(Place("/disputes", who) for who in ("ines", "nadia")),
    *(Place(f"/disputes/{{{name}}}", "ines") for name in ("choir-logo", "harbour-menu")),
    Place("/disputes/{gallery-site}", "paul"),
    Place("/disputes/{harbour-menu}/actions/assign", "ines"),
    Place("/disputes/{choir-logo}/actions/release", "ines"),
    Place("/console", "nadia"),
    Place("/console/charts/escrow/table", "nadia"),
    Place("/console/charts/orders/table", "nadia"),
    Place("/console/orders", "nadia"),
    Place("/console/orders?q=nothing+like+it", "nadia"),
    Place("/console/orders?payment=disputed", "nadia"),
    Place("/console/orders/{tea-room-logo}", "nadia"),
    Place("/console/orders/{choir-logo}", "nadia"),
    Place("/console/orders/{tea-room-logo}/actions/cancel", "nadia"),
    Place("/console/orders/{choir-logo}/actions/assign", "nadia"),
    Place("/console/people", "nadia"),
    Place("/console/people/grace", "nadia"),
    Place("/console/transfers", "nadia"),
    Place("/console/transfers/{card-7842}", "nadia"),
    Place("/console/pay-ins", "nadia"),
    Place("/console/provider-events", "nadia"),
    Place("/console/chargebacks", "nadia"),
    Place("/console/payouts", "nadia"),
    Place("/console/payouts?state=requested", "nadia"),
    Place("/wallet/payouts", "lucie"),
    Place("/wallet/payouts/new", "lucie", 409),
    Place("/wallet/payout-account", "lucie", 409),
    Place("/wallet/pay-ins", "camille"),
    Place("/wallet/pay-ins/new", "camille", 409),
    Place("/console/transfers/new/top_up", "nadia"),
    Place("/console/deliveries", "nadia"),
    Place("/console/findings", "nadia"),
    Place("/console/journal", "nadia"),
    Place("/console/journal?by=nobody-at-all&since=2026-01-01", "henri"),
    Place("/console/transfers", "solveig"),
    Place("/console/orders/{tea-room-logo}/actions/cancel", "solveig", 403),
    Place("/console/clock", "nadia"),
]
