"""The people of the marketplace that `sequestre up --demo` fills: who one can enter as."""

from dataclasses import dataclass
from typing import Literal

from texts.catalogue import Language, msg

DemoRole = Literal["user", "mediator", "operator", "support", "finance"]


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the marketplace. `good_for` is an English sentence of the catalogues: what one
    sees by entering as them."""

    id: str
    name: str
    roles: tuple[DemoRole, ...]
    good_for: str
    language: Language
    time_zone: str


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        id="camille",
        name="Camille Bertin",
        roles=("user",),
        good_for=msg("Buys for a bakery: a refused revision to decide on, and a late order."),
        language=Language.FR,
        time_zone="Europe/Paris",
    ),
    DemoPerson(
        id="lucie",
        name="Lucie Marchand",
        roles=("user",),
        good_for=msg("Sells logos with the best completion rate, and has refused a revision."),
        language=Language.FR,
        time_zone="Europe/Paris",
    ),
    DemoPerson(
        id="tomas",
        name="Tomas Lindqvist",
        roles=("user",),
        good_for=msg("Sells websites with a middling completion rate, and is late with one."),
        language=Language.EN,
        time_zone="Europe/Stockholm",
    ),
    DemoPerson(
        id="grace",
        name="Grace Okafor",
        roles=("user",),
        good_for=msg("Buys from everybody: an open offer, proposals side by side, a dispute."),
        language=Language.EN,
        time_zone="Africa/Lagos",
    ),
    DemoPerson(
        id="marc",
        name="Marc-Antoine Roy",
        roles=("user",),
        good_for=msg("Buys from Montreal, has asked to cancel, and finds an answer overdue."),
        language=Language.FR,
        time_zone="America/Montreal",
    ),
    DemoPerson(
        id="aiko",
        name="Aiko Mori",
        roles=("user",),
        good_for=msg("A newcomer who sells in yen: no completion rate yet, an order to accept."),
        language=Language.EN,
        time_zone="Asia/Tokyo",
    ),
    DemoPerson(
        id="ines",
        name="Inès Carvalho",
        roles=("mediator",),
        good_for=msg("Mediates: a case with statements and evidence to rule on."),
        language=Language.FR,
        time_zone="Europe/Lisbon",
    ),
    DemoPerson(
        id="paul",
        name="Paul Brandt",
        roles=("mediator",),
        good_for=msg("Mediates: has a case that is past its target, and others wait in the queue."),
        language=Language.EN,
        time_zone="Europe/Berlin",
    ),
    DemoPerson(
        id="nadia",
        name="Nadia Haddad",
        roles=("operator",),
        good_for=msg("Operates the marketplace: the console, transfers, webhooks, the clock."),
        language=Language.FR,
        time_zone="Europe/Brussels",
    ),
    DemoPerson(
        id="solveig",
        name="Solveig Berg",
        roles=("support",),
        good_for=msg("Support: reads everything, hands cases over, sends messages again."),
        language=Language.EN,
        time_zone="Europe/Oslo",
    ),
    DemoPerson(
        id="henri",
        name="Henri Lefèvre",
        roles=("finance",),
        good_for=msg("Finance: transfers, what is taken back, the commission, and the journal."),
        language=Language.FR,
        time_zone="Europe/Paris",
    ),
)
