"""What the other side wrote that asks for an answer: one cannot decide without it."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.pages.acting import Way
from api.pages.order_reader import COLOURS, Link, Seen, links_of
from api.schemas.orders import EventView
from domain.vocabulary import Action, CancellationStatus, Ground, Role, State
from texts.catalogue import msg
from texts.labels import GROUNDS
from texts.open_matters import wish
from texts.reader_context import Sentence
from texts.revisions import what_is_left

CHECK = msg("What %(seller)s delivered")
REVISE = msg("What %(buyer)s asks you to change")
REFUSED = msg("Why %(seller)s refused")
WISH = msg("Why %(buyer)s would like to cancel")
NOT_CANCELLED = msg("Why %(seller)s refused to cancel")
ASKED_FOR = msg("What %(buyer)s would like an offer for")
DISPUTED: dict[Role, str] = {
    Role.BUYER: msg("Why %(seller)s opened the dispute"),
    Role.SELLER: msg("Why %(buyer)s opened the dispute"),
}
GROUND = msg("The ground: %(ground)s")
NUMBERED = msg("Delivery %(n)s")


@dataclass(frozen=True)
class Owed:
    """Words of the other side: under which heading, in whose colour, what is said beside them, and
    what one can answer on the spot."""

    id: str
    heading: str
    whose: str
    words: str
    label: str = ""
    links: tuple[Link, ...] = ()
    beside: str = ""
    answers: tuple[Way, ...] = ()


def owed(seen: Seen) -> Iterator[Owed]:
    """Yield what the reader has to read before they decide."""
    yield from _of_state(seen)
    yield from _wish(seen)
    yield from _asked_for(seen)


def _of_state(seen: Seen) -> Iterator[Owed]:
    match (seen.order.state, seen.role):
        case (State.DELIVERED, Role.BUYER):
            yield from _delivery(seen)
        case (State.REVISION_REQUESTED, Role.SELLER):
            yield from _quoted(seen, Action.REQUEST_REVISION, REVISE, Role.BUYER)
        case (State.IN_PROGRESS, Role.SELLER) if seen.order.delivered_before:
            if _seq(seen, Action.REQUEST_REVISION) > _seq(seen, Action.DELIVER):
                yield from _quoted(seen, Action.REQUEST_REVISION, REVISE, Role.BUYER)
        case (State.REVISION_REFUSED, Role.BUYER):
            yield from _quoted(seen, Action.REFUSE_REVISION, REFUSED, Role.SELLER)
        case (State.DISPUTED, role):
            yield from _dispute(seen, role)


def _seq(seen: Seen, action: Action) -> int:
    row = seen.rows.last.get(action)
    return 0 if row is None else row.seq


def _delivery(seen: Seen) -> Iterator[Owed]:
    entry = seen.last(Action.DELIVER)
    if entry is None:
        return
    number = next((one.number for one in seen.rows.deliveries if one.seq == entry.seq), 1)
    left = "" if seen.order.payment_hold is not None else " ".join(what_is_left(seen.context))
    label = seen.context.say(NUMBERED, n=seen.formatter.number(number))
    yield Owed(
        "delivery",
        seen.context.say(CHECK),
        COLOURS[Role.SELLER],
        str(entry.fields.get("message") or ""),
        label,
        links_of(entry.fields.get("links")),
        left,
    )


def _quoted(seen: Seen, action: Action, heading: Sentence, by: Role) -> Iterator[Owed]:
    entry = seen.last(action)
    if entry is None:
        return
    said = entry.fields.get("reason") or entry.fields.get("description") or ""
    label = _ground(seen, entry)
    yield Owed(action.value, seen.context.say(heading), COLOURS[by], str(said), label)


def _ground(seen: Seen, entry: EventView) -> str:
    ground = entry.fields.get("ground")
    if ground not in list(Ground):
        return ""
    return seen.context.say(GROUND, ground=seen.formatter.say(GROUNDS[Ground(ground)]))


def _dispute(seen: Seen, role: Role) -> Iterator[Owed]:
    dispute = seen.view.dispute
    if dispute is None or dispute.reason is None or dispute.opened_by.role is role:
        return
    whose = COLOURS[dispute.opened_by.role]
    yield Owed("dispute", seen.context.say(DISPUTED[role]), whose, dispute.reason)


def _wish(seen: Seen) -> Iterator[Owed]:
    asked, state = seen.view.cancellation_request, seen.order.state
    if asked is None or state is not State.IN_PROGRESS:
        return
    beside = " ".join(wish(seen.context))
    refused = asked.status is CancellationStatus.REFUSED
    if seen.role is Role.SELLER and not refused:
        answers = seen.offered.answers.get(asked.id, ())
        heading, buyer = seen.context.say(WISH), COLOURS[Role.BUYER]
        yield Owed("wish", heading, buyer, asked.reason or "", beside=beside, answers=answers)
    if seen.role is Role.BUYER and refused:
        yield from _quoted(seen, Action.REFUSE_CANCELLATION, NOT_CANCELLED, Role.SELLER)


def _asked_for(seen: Seen) -> Iterator[Owed]:
    """Yield what a custom offer was asked for and has not been made."""
    is_new = _seq(seen, Action.REQUEST_OFFER) > _seq(seen, Action.MAKE_OFFER)
    if seen.role is Role.SELLER and is_new and Action.MAKE_OFFER in seen.view.actions:
        yield from _quoted(seen, Action.REQUEST_OFFER, ASKED_FOR, Role.BUYER)
