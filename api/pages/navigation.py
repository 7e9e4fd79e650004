"""Where somebody can go, by what they are."""

from dataclasses import dataclass

from api.auth.capabilities import Capability
from api.pages.reader import MOST_UNREAD, Reader
from texts.catalogue import msg

PLACES: tuple[tuple[Capability, str, str], ...] = (
    (Capability.READ_ALL, "/console", msg("Overview")),
    (Capability.READ_ALL, "/console/orders", msg("All orders")),
    (Capability.SEE_CASES, "/disputes", msg("Disputes")),
    (Capability.READ_ALL, "/console/people", msg("People")),
    (Capability.READ_ALL, "/console/transfers", msg("Transfers")),
    (Capability.READ_ALL, "/console/deliveries", msg("Deliveries")),
    (Capability.READ_ALL, "/console/findings", msg("Findings")),
    (Capability.READ_ALL, "/console/journal", msg("Journal")),
    (Capability.READ_ALL, "/console/clock", msg("Clock")),
    (Capability.TRADE, "/orders", msg("My orders")),
    (Capability.TRADE, "/services", msg("Services")),
    (Capability.TRADE, "/wallet", msg("Wallet")),
    (Capability.TRADE, "/reputation", msg("Reputation")),
)
WITHIN = {
    "/console/pay-ins": "/console/transfers",
    "/console/payouts": "/console/transfers",
    "/console/provider-events": "/console/transfers",
    "/console/chargebacks": "/console/transfers",
}
"""Places beside another one, which is shown as where the reader is."""

INBOX = msg("Inbox")
CLOCK = "/console/clock"


@dataclass(frozen=True)
class Place:
    """A way to go, how much waits there, and whether the reader is there."""

    href: str
    label: str
    count: str = ""
    current: bool = False


def places(reader: Reader, path: str) -> list[Place]:
    """Return where a reader can go from a path."""
    found: dict[str, str] = {}
    for capability, href, label in PLACES:
        if reader.can(capability) and (href != CLOCK or reader.clock is not None):
            found.setdefault(href, label)
    at = next((beside for place, beside in WITHIN.items() if _within(path, place)), path)
    here = max((href for href in (*found, "/inbox") if _within(at, href)), key=len, default="")
    say = reader.formatter.say
    ways = [Place(href, say(label), "", href == here) for href, label in found.items()]
    unread = reader.formatter.number(reader.unread, MOST_UNREAD) if reader.unread else ""
    return [*ways, Place("/inbox", say(INBOX), unread, here == "/inbox")]


def home(reader: Reader) -> str:
    """Return the page of what somebody does most."""
    for capability, href, _ in PLACES:
        if reader.can(capability):
            return href
    return "/inbox"


def _within(path: str, href: str) -> bool:
    return path == href or path.startswith(f"{href}/")
