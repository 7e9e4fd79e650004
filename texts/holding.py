"""Until when the payment provider holds an order's money, and what that means for more work."""

from collections.abc import Iterator

from domain.holding import promise
from domain.order import Order
from domain.rules import WAYS
from domain.vocabulary import Action, State
from texts.catalogue import msg
from texts.reader_context import ReaderContext, Sides
from texts.situation import situation

MOVES_ON_BY = msg(
    "The %(total)s in escrow can be held until %(held_until)s. For all that may still follow to end"
    " by then, the order has to move on from where it stands by %(last_safe)s."
)
HELD_NO_LONGER = msg(
    "The limit for holding the %(total)s of this dispute passed on %(held_until)s, and nobody has"
    " decided it."
)
DISPUTE_BY_LIMIT = Sides(
    msg(
        "The money could be held until %(lapsed)s, and the order had not ended by then: a dispute"
        " opened by itself, and a mediator decides who gets it."
    ),
    msg(
        "The money could be held until %(lapsed)s, and the order had not ended by then: a dispute"
        " opened by itself, and a mediator decides who gets it."
    ),
    msg(
        "The %(total)s in escrow could be held until %(lapsed)s, and the order had not ended by"
        " then: a dispute opened by itself."
    ),
)
SEE_THAT_IT_MOVES = msg(
    "Please see to it: you can write to whoever is waited for, or cancel the order, and %(buyer)s"
    " gets back %(total)s. At the limit the order goes into dispute by itself, and nobody gets the"
    " money for that."
)

WORK_DUE = msg(
    "The money of this order can be held until %(limit)s, so work may be due by %(latest)s at the"
    " latest. With this, it could be due as late as %(would_be_due)s."
)
OFFERED_DUE = msg(
    "The money of this order can be held until %(limit)s, so work may be due by %(latest)s at the"
    " latest. If the offer is accepted at once, it would be due by %(would_be_due)s; it can no"
    " longer be accepted when there is too little time left for it."
)


def see_that_it_moves(context: ReaderContext) -> Iterator[str]:
    """Say to an operator what they can do about an order that nears its last safe instant."""
    if context.order.state is State.DISPUTED:
        yield from situation(context)
    else:
        yield context.say(SEE_THAT_IT_MOVES)


def time_for_work(action: Action, before: Order, after: ReaderContext) -> Iterator[str]:
    """Say until when work may be due, where the action promises some and there is a limit."""
    promised = promise(before, after.order, after.order.updated_at, WAYS)
    if promised is None:
        return
    instants = {
        "limit": promised.limit,
        "latest": promised.latest,
        "would_be_due": promised.due,
    }
    said = {name: after.formatter.instant(at) for name, at in instants.items()}
    yield after.say(OFFERED_DUE if action is Action.MAKE_OFFER else WORK_DUE, **said)
