"""What stands at the head of an order's page: where it stands, whose move it is, what comes by
itself."""

from typing import Literal

from domain.deadlines import nearest_deadline
from domain.money import shares
from domain.vocabulary import CancellationStatus, OnExpiry, Role, State, TimerEffect, Window
from texts.catalogue import msg
from texts.disputed_payment import HEADLINE, WAITS
from texts.reader_context import ReaderContext, Sentence, Sides

Move = Literal["you", "them", "nobody"]

HEADLINES: dict[State, Sides] = {
    State.PENDING: Sides(
        msg("Please wait: %(seller)s has not accepted the order yet."),
        msg("A new order waits for you to accept it."),
        msg("The order waits for %(seller)s to accept it."),
    ),
    State.IN_PROGRESS: Sides(
        msg("%(Seller)s is at work."),
        msg("The work is yours to deliver."),
        msg("%(Seller)s is at work."),
    ),
    State.DELIVERED: Sides(
        msg("Your work is here: please check it."),
        msg("You delivered. Now %(buyer)s checks the work."),
        msg("%(Seller)s delivered. Now %(buyer)s checks the work."),
    ),
    State.REVISION_REQUESTED: Sides(
        msg("You asked for a revision. It is for %(seller)s to answer."),
        msg("%(Buyer)s asked for a revision. It is for you to answer."),
        msg("%(Buyer)s asked for a revision. It is for %(seller)s to answer."),
    ),
    State.REVISION_REFUSED: Sides(
        msg("%(Seller)s refused the revision. It is for you to choose."),
        msg("You refused the revision. It is for %(buyer)s to choose."),
        msg("%(Seller)s refused the revision. It is for %(buyer)s to choose."),
    ),
    State.COMPLETED: Sides(*[msg("The order is completed.")] * 3),
    State.CANCELLED: Sides(*[msg("The order is cancelled.")] * 3),
    State.SETTLED: Sides(*[msg("The order is settled: the money is shared.")] * 3),
}
"""A dispute has its own, by who has the case."""

OVERDUE: dict[State, Sides] = {
    State.IN_PROGRESS: Sides(
        msg("The order is late. You can wait, or cancel."),
        msg("The order is late: please deliver."),
        msg("The order is late: %(seller)s has to deliver."),
    ),
    State.REVISION_REQUESTED: Sides(
        msg("%(Seller)s has not answered in time. You can open a dispute."),
        msg("Your answer about the revision is overdue."),
        msg("%(Seller)s has not answered about the revision in time."),
    ),
}
WISH: dict[CancellationStatus, Sides] = {
    CancellationStatus.ASKED: Sides(
        msg("You asked to cancel. It is for %(seller)s to answer."),
        msg("%(Buyer)s would like to cancel. It is for you to answer."),
        msg("%(Buyer)s would like to cancel. It is for %(seller)s to answer."),
    ),
    CancellationStatus.REFUSED: Sides(
        msg("%(Seller)s refused to cancel. You can wait for the work, or open a dispute."),
        msg("You refused to cancel. The work is yours to deliver."),
        msg("%(Seller)s refused to cancel, and is at work."),
    ),
    CancellationStatus.UNANSWERED: Sides(
        msg("Your wish to cancel was left unanswered. You can open a dispute."),
        msg("%(Buyer)s’s wish to cancel still waits for your answer."),
        msg("The wish to cancel was left unanswered."),
    ),
}
"""Of an order in progress on which the buyer asked to cancel, and that is not late."""

FROZEN = Sides(
    msg("The order is frozen: a mediator will take the case."),
    msg("The order is frozen: a mediator will take the case."),
    msg("This dispute waits for a mediator."),
)
FROZEN_AND_TAKEN = Sides(
    msg("The order is frozen: a mediator decides."),
    msg("The order is frozen: a mediator decides."),
    msg("A mediator has this dispute, and has not ruled yet."),
)
YOURS = msg("This case is yours. It is for you to rule.")

EXPIRY: dict[OnExpiry, Sides] = {
    TimerEffect.COMPLETE: Sides(
        msg(
            "If you do nothing by then, the order completes by itself and %(seller)s receives"
            " %(net)s."
        ),
        msg(
            "If %(buyer)s does nothing by then, the order completes by itself and you receive"
            " %(net)s."
        ),
        msg(
            "If %(buyer)s does nothing by then, the order completes by itself and %(seller)s"
            " receives %(net)s."
        ),
    ),
    TimerEffect.CANCEL: Sides(
        msg(
            "If %(seller)s does not accept by then, the order is cancelled by itself and you"
            " get back %(total)s."
        ),
        msg(
            "If you do not accept by then, the order is cancelled by itself and %(buyer)s gets"
            " back %(total)s."
        ),
        msg(
            "If %(seller)s does not accept by then, the order is cancelled by itself and"
            " %(buyer)s gets back %(total)s."
        ),
    ),
    TimerEffect.OPEN_DISPUTE: Sides(
        msg(
            "If you do nothing by then, a dispute opens by itself: a mediator decides, and the"
            " %(total)s stays in escrow meanwhile."
        ),
        msg(
            "If %(buyer)s does nothing by then, a dispute opens by itself: a mediator decides,"
            " and the %(total)s stays in escrow meanwhile."
        ),
        msg(
            "If %(buyer)s does nothing by then, a dispute opens by itself: a mediator decides,"
            " and the %(total)s stays in escrow meanwhile."
        ),
    ),
    TimerEffect.LATE: Sides(
        msg(
            "After that the order is late, and you can cancel on your own and get back %(total)s."
            " Nothing happens by itself."
        ),
        msg(
            "After that the order is late, and %(buyer)s can cancel on their own: they would get"
            " back %(total)s, and you would earn nothing."
        ),
        msg(
            "After that the order is late, and %(buyer)s can cancel on their own and get back"
            " %(total)s."
        ),
    ),
    TimerEffect.DISPUTE_ALLOWED: Sides(
        msg("After that you can open a dispute. The %(total)s stays in escrow."),
        msg("After that %(buyer)s can open a dispute. The %(total)s stays in escrow."),
        msg("After that %(buyer)s can open a dispute. The %(total)s stays in escrow."),
    ),
    TimerEffect.ESCALATE: Sides(
        *[
            msg(
                "If no mediator has taken the case by then, mediators and operators are told"
                " again: a dispute never decides itself."
            )
        ]
        * 3
    ),
}
RULING_DUE = msg(
    "If there is no ruling by then, mediators and operators are told again: a dispute never"
    " decides itself."
)
NOTHING_BY_ITSELF = msg(
    "Nothing happens by itself: the %(total)s stays in escrow until somebody acts."
)

UNTIL_THE_LIMIT = msg(
    "Nothing happens by itself before %(held_until)s. A dispute opens then, since the money can be"
    " held no longer: a mediator decides."
)


def headline(context: ReaderContext) -> str:
    """Say in one line where the order stands, and for whom it is to act."""
    return context.say(_headline(context))


def move(context: ReaderContext) -> Move:
    """Return whose move it is, as the reader sees it."""
    order = context.order
    if order.state.is_final or order.payment_hold is not None:
        return "nobody"
    if context.role not in (Role.BUYER, Role.SELLER):
        return "you" if _is_to_rule(context) else "them"
    if order.overdue and order.state in OVERDUE:
        return "you"  # both can: the one waits no longer, the other still owes
    return "you" if WAITS_FOR[order.state] is context.role else "them"


def expiry(context: ReaderContext) -> str | None:
    """Say what happens by itself when the nearest deadline passes; None of an order that ended."""
    order = context.order
    if order.state.is_final:
        return None
    if order.payment_hold is not None:
        return context.say(WAITS)
    deadline = nearest_deadline(order)
    if deadline is None:
        ends = order.holding is not None and order.state is not State.DISPUTED
        return context.say(UNTIL_THE_LIMIT if ends else NOTHING_BY_ITSELF)
    if deadline.reason is Window.RULING:
        return context.say(RULING_DUE)
    share = shares(order.total, 0, order.policy.commission_bps)
    return context.say(EXPIRY[deadline.on_expiry], net=context.money(share.paid_to_seller))


WAITS_FOR: dict[State, Role] = {
    State.PENDING: Role.SELLER,
    State.IN_PROGRESS: Role.SELLER,
    State.DELIVERED: Role.BUYER,
    State.REVISION_REQUESTED: Role.SELLER,
    State.REVISION_REFUSED: Role.BUYER,
    State.DISPUTED: Role.MEDIATOR,
}


def _headline(context: ReaderContext) -> Sentence:
    order, asked = context.order, context.order.cancellation_request
    if order.payment_hold is not None:
        return HEADLINE
    if order.state is State.DISPUTED:
        return _of_dispute(context)
    if order.overdue and order.state in OVERDUE:
        return OVERDUE[order.state]
    if order.state is State.IN_PROGRESS and asked is not None:
        return WISH[asked.status]
    return HEADLINES[order.state]


def _of_dispute(context: ReaderContext) -> Sentence:
    if context.has_the_case:
        return YOURS
    dispute = context.order.dispute
    is_taken = dispute is not None and dispute.mediator_id is not None
    return FROZEN_AND_TAKEN if is_taken else FROZEN


def _is_to_rule(context: ReaderContext) -> bool:
    dispute = context.order.dispute
    if context.order.state is not State.DISPUTED or context.role is not Role.MEDIATOR:
        return False
    is_free = dispute is not None and dispute.mediator_id is None
    return is_free or context.has_the_case
