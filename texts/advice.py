"""What buyer and seller are advised where they stand: three steps at the most, and only where it
helps."""

from collections.abc import Callable

from domain.vocabulary import Role, State
from texts.catalogue import msg
from texts.deadlines import until_when
from texts.disputed_payment import what_it_means
from texts.reader_context import ReaderContext
from texts.refusal_advice import COMPLETE, DISPUTE, MEANWHILE, THINK_TWICE, WAIT
from texts.situation import OVERDUE

SAY_WHAT_WAS_AGREED = msg(
    "Say in a statement what was agreed and what was delivered, with links to what shows it."
)
KEEP_CALM = msg(
    "Stay calm and stick to the facts: the mediator reads all that is written on the order."
)
STILL_AGREE = msg(
    "Can you still agree? Propose to share the money: once both have accepted, the dispute is over."
)
LATE_TO_BUYER = msg(
    "Ask first when the work will come: a message costs nothing and changes no deadline."
)


def advice(context: ReaderContext) -> list[str]:
    """Say what the reader had best do where the order stands; nothing where that is plain."""
    order = context.order
    if order.payment_hold is not None:
        return list(what_it_means(context))
    if order.overdue and order.state in OVERDUE:
        return _overdue(context)
    given = ADVICE.get((order.state, context.role))
    return [] if given is None else given(context)


def _overdue(context: ReaderContext) -> list[str]:
    if context.role not in (Role.BUYER, Role.SELLER):
        return []
    asks = context.order.is_late and context.role is Role.BUYER
    first = [context.say(LATE_TO_BUYER)] if asks else []
    return [*first, context.say(OVERDUE[context.order.state])]


def _two_ways(context: ReaderContext) -> list[str]:
    return [context.say(COMPLETE), context.say(DISPUTE), *until_when(context)]


def _wait(context: ReaderContext) -> list[str]:
    return [context.say(WAIT), context.say(MEANWHILE), context.say(THINK_TWICE)]


def _argue(context: ReaderContext) -> list[str]:
    return [context.say(one) for one in (SAY_WHAT_WAS_AGREED, KEEP_CALM, STILL_AGREE)]


ADVICE: dict[tuple[State, Role], Callable[[ReaderContext], list[str]]] = {
    (State.REVISION_REFUSED, Role.BUYER): _two_ways,
    (State.REVISION_REFUSED, Role.SELLER): _wait,
    (State.DISPUTED, Role.BUYER): _argue,
    (State.DISPUTED, Role.SELLER): _argue,
}
