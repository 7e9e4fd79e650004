"""What to know before pressing a button."""

from collections.abc import Iterator

from domain.order import Actor, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Action, CancellationStatus, Role, State, TimerEffect
from texts.catalogue import Language, msg
from texts.consequences import consequences
from texts.deadlines import until_when
from texts.endings import end_foreseen
from texts.formatter import Formatter
from texts.holding import time_for_work
from texts.parties import party
from texts.reader_context import ReaderContext, Sides

OFFER_CLOSES = msg("The open offer closes, and nothing is paid for it.")
PROPOSALS_CLOSE = msg("Open proposals to share the money close, since they spoke of another total.")
WISH_CLOSES = Sides(
    msg("Your wish to cancel closes with it."), msg("%(Buyer)s’s wish to cancel closes with it.")
)
NO_LONGER = msg("The order no longer completes by itself on %(old)s.")
LATE_NO_MORE = msg(
    "The order is then no longer late: until the new date you cannot cancel it on your own."
)
STAYS = msg("The deadline of the order stays as it is.")

CLOSE_AN_OFFER = (Action.WITHDRAW_OFFER, Action.DECLINE_OFFER, Action.ACCEPT_OFFER)

TOO_FEW = msg("%(Seller)s’s completion rate is not shown yet: too few of their orders have ended.")
FIRST_SHOWN = msg("%(Seller)s’s completion rate would be shown from now on: %(after)s.")
FALLS = msg(
    "%(Seller)s’s completion rate would fall from %(before)s to %(after)s, which can move their"
    " services down in the listings."
)
RISES = msg("%(Seller)s’s completion rate would rise from %(before)s to %(after)s.")
SAME = msg("%(Seller)s’s completion rate would stay at %(after)s.")


def notes(
    action: Action,
    reader: Actor,
    before: Order,
    after: Order,
    words: OrderTexts,
    language: Language,
    time_zone: str,
) -> list[str]:
    """Say what the action would mean to the one who asks, in the order in which it matters. The
    parties are called by their names; nobody is quoted.

    Instants are said in the IANA `time_zone` and in UTC.
    """
    formatter, named = Formatter(language, time_zone), words.names_alone()
    was, becomes = (
        ReaderContext(before, named, reader, formatter),
        ReaderContext(after, named, reader, formatter),
    )
    return list(_notes(action, was, becomes))


def completion_note(
    before: float | None,
    after: float | None,
    words: OrderTexts,
    reader: Role,
    language: Language,
) -> str:
    """Say what an action would do to the seller's completion rate (0 to 1; None: not shown)."""
    formatter = Formatter(language, "UTC")
    values = {form: party(form, words, reader, formatter) for form in ("seller", "Seller")}
    if after is None:
        return formatter.say(TOO_FEW, values)
    values["after"] = formatter.percent(after)
    if before is None:
        return formatter.say(FIRST_SHOWN, values)
    values["before"] = formatter.percent(before)
    if values["before"] == values["after"]:
        return formatter.say(SAME, values)
    return formatter.say(FALLS if after < before else RISES, values)


def _notes(action: Action, before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    outcome = after.order.outcome
    if outcome is not None:
        yield from end_foreseen(before, after, outcome)
    yield from consequences(action, before, after)
    if outcome is None:
        yield from time_for_work(action, before.order, after)
        yield from _closings(action, before.order, after)
        if before.order.is_late and after.order.state is State.IN_PROGRESS:
            yield from _lateness(after)
        yield from _deadline(before.order, after)


def _closings(action: Action, before: Order, after: ReaderContext) -> Iterator[str]:
    """Say what is open and closes with the action, unless that is what the action is for."""
    order = after.order
    if before.offer is not None and order.offer is None and action not in CLOSE_AN_OFFER:
        yield after.say(OFFER_CLOSES)
    if order.total != before.total and before.settlements:
        yield after.say(PROPOSALS_CLOSE)
    asked = before.cancellation_request
    refused = asked is not None and asked.status is CancellationStatus.REFUSED
    answers = refused or action is Action.REFUSE_CANCELLATION
    if asked is not None and order.cancellation_request is None and not answers:
        yield after.say(WISH_CLOSES)


def _lateness(after: ReaderContext) -> Iterator[str]:
    if not after.order.is_late:
        yield after.say(LATE_NO_MORE)


def _deadline(before: Order, after: ReaderContext) -> Iterator[str]:
    old, new = before.deadline, after.order.deadline
    if old is not None and new is not None and (old.at, old.reason) == (new.at, new.reason):
        yield after.say(STAYS)
    elif old is not None and old.on_expiry is TimerEffect.COMPLETE:
        yield after.say(NO_LONGER, old=after.formatter.instant(old.at))
    yield from until_when(after)
