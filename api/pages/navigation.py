"""Where somebody can go, by what they are."""

from dataclasses import dataclass

from api.auth.tokens import Authority
from api.pages.reader import MOST_UNREAD, Reader
from texts.catalogue import msg

PLACES: tuple[tuple[Authority, str, str], ...] = (
    (Authority.OPERATOR, "/console", msg("Overview")),
    (Authority.OPERATOR, "/console/orders", msg("All orders")),
    (Authority.MEDIATOR, "/disputes", msg("Disputes")),
    (Authority.OPERATOR, "/disputes", msg("Disputes")),
    (Authority.OPERATOR, "/console/people", msg("People")),
    (Authority.OPERATOR, "/console/transfers", msg("Transfers")),
    (Authority.OPERATOR, "/console/deliveries", msg("Deliveries")),
    (Authority.OPERATOR, "/console/findings", msg("Findings")),
    (Authority.OPERATOR, "/console/clock", msg("Clock")),
    (Authority.USER, "/orders", msg("My orders")),
    (Authority.USER, "/services", msg("Services")),
    (Authority.USER, "/wallet", msg("Wallet")),
    (Authority.USER, "/reputation", msg("Reputation")),
)
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
    for authority, href, label in PLACES:
        if reader.has(authority) and (href != CLOCK or reader.clock is not None):
            found.setdefault(href, label)
    here = max((href for href in (*found, "/inbox") if _within(path, href)), key=len, default="")
    say = reader.formatter.say
    ways = [Place(href, say(label), "", href == here) for href, label in found.items()]
    unread = reader.formatter.number(reader.unread, MOST_UNREAD) if reader.unread else ""
    return [*ways, Place("/inbox", say(INBOX), unread, here == "/inbox")]


def home(reader: Reader) -> str:
    """Return the page of what somebody does most."""
    for authority, href, _ in PLACES:
        if reader.has(authority):
            return href
    return "/inbox"


def _within(path: str, href: str) -> bool:
    return path == href or path.startswith(f"{href}/")
