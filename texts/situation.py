"""Where an order stands, and what its reader can do now."""

from collections.abc import Iterator
from dataclasses import replace

from domain.vocabulary import Role, State
from texts.catalogue import msg
from texts.disputed_payment import DISPUTED, what_it_means
from texts.reader_context import ReaderContext, Sides
from texts.revisions import what_is_left

NOTHING = msg("There is nothing that you need to do.")

STANDING: dict[State, Sides] = {
    State.PENDING: Sides(
        msg("As long as %(seller)s has not accepted, you can cancel and get it all back."),
        msg(
            "You can accept the order, which gives you %(work_time)s to deliver, or cancel it:"
            " before you have accepted, that does not count in your completion rate."
        ),
        NOTHING,
    ),
    State.IN_PROGRESS: Sides(
        msg("%(Seller)s is at work."),
        msg("You can deliver as soon as the work is ready."),
        msg("%(Seller)s has to deliver."),
    ),
    State.DELIVERED: Sides(
        msg(
            "Please check the work. If it is what you ordered, complete the order and %(seller)s is"
            " paid %(pay)s. If something is missing, ask for a revision and say what."
        ),
        msg("%(Buyer)s checks the work now. There is nothing that you need to do."),
        NOTHING,
    ),
    State.REVISION_REQUESTED: Sides(
        msg("%(Seller)s can accept or refuse. You can still complete the order as it is."),
        msg(
            "You can accept, which gives you %(revision_time)s to deliver again, or refuse: you"
            " then choose a ground and give a reason, which %(buyer)s reads."
        ),
        NOTHING,
    ),
    State.REVISION_REFUSED: Sides(
        msg(
            "You can complete the order, and %(seller)s is paid %(pay)s, or open a dispute, and a"
            " mediator decides."
        ),
        msg(
            "%(Buyer)s decides: they complete the order, and you are paid %(pay)s, or they open a"
            " dispute, and a mediator decides."
        ),
        NOTHING,
    ),
    State.DISPUTED: Sides(
        msg(
            "The order is frozen, and the %(total)s stays in escrow. You can add a statement with"
            " evidence to the case. You and %(seller)s can still agree on sharing the money: once"
            " both have accepted, the dispute is over."
        ),
        msg(
            "The order is frozen, and the %(total)s stays in escrow. You can add a statement with"
            " evidence to the case. You and %(buyer)s can still agree on sharing the money: once"
            " both have accepted, the dispute is over."
        ),
        msg("The order is frozen, and the %(total)s stays in escrow until there is an end."),
    ),
}

DELIVERED_FOR_THE_LAST_TIME = Sides(
    msg(
        "Please check the work. If it is what you ordered, complete the order and %(seller)s is"
        " paid %(pay)s."
    ),
    msg("%(Buyer)s checks the work now. There is nothing that you need to do."),
    NOTHING,
)

OVERDUE: dict[State, Sides] = {
    State.IN_PROGRESS: Sides(
        msg(
            "You can now cancel on your own and get back %(total)s, or give %(seller)s more time:"
            " nothing happens by itself."
        ),
        msg(
            "Please deliver as soon as you can, and tell %(buyer)s where you stand. They can now"
            " cancel on their own: they would get back %(total)s, you would earn nothing, and it"
            " would count against your completion rate."
        ),
        NOTHING,
    ),
    State.REVISION_REQUESTED: Sides(
        msg(
            "You can now open a dispute, and a mediator decides. You can also complete the order"
            " as it is, or wait: nothing happens by itself, and the %(total)s stays in escrow."
        ),
        msg(
            "You can still accept or refuse. Until you do, %(buyer)s can open a dispute or complete"
            " the order, and the %(total)s stays in escrow."
        ),
        NOTHING,
    ),
}

OVERDUE_UNTIL_THE_LIMIT: dict[State, Sides] = {
    State.IN_PROGRESS: replace(
        OVERDUE[State.IN_PROGRESS],
        buyer=msg(
            "You can now cancel on your own and get back %(total)s, or give %(seller)s more time,"
            " until %(held_until)s: a dispute then opens by itself, since the money can be held no"
            " longer."
        ),
    ),
    State.REVISION_REQUESTED: replace(
        OVERDUE[State.REVISION_REQUESTED],
        buyer=msg(
            "You can now open a dispute, and a mediator decides. You can also complete the order"
            " as it is, or wait until %(held_until)s: a dispute then opens by itself, since the"
            " money can be held no longer."
        ),
    ),
}
"""Where the money can be held for a time."""

SOMETHING_WRONG = msg(
    "If something is wrong, you can ask %(seller)s to cancel, or propose to share the money."
)
TAKE_IT = msg("You can take the case, or rule at once, which takes it too. Your ruling is final.")
HEAR_BOTH = msg(
    "Hear both sides, then rule: refund, payment, a split, or more time for the work. Your ruling"
    " is final, and both read your reasons."
)
SEE_TO_IT = msg(
    "Please see to it that a mediator takes the case. You can also cancel the order: %(buyer)s then"
    " gets back %(total)s."
)
SEE_TO_A_RULING = msg(
    "Please see to it that the case is ruled on: you can hand it over to another mediator, or give"
    " it back to the queue. You can also cancel the order: %(buyer)s then gets back %(total)s."
)
NO_DEADLINE = msg("No deadline runs any more: the dispute ends when somebody decides it.")


def situation(context: ReaderContext) -> Iterator[str]:
    """Say where an order that has not ended stands, and what the reader can do about it."""
    order = context.order
    if order.payment_hold is not None:
        yield context.say(DISPUTED)
        yield from what_it_means(context)
        return
    if order.overdue and order.state in OVERDUE:
        table = OVERDUE if order.holding is None else OVERDUE_UNTIL_THE_LIMIT
        yield context.say(table[order.state])
        return
    yield context.say(_standing(context))
    if order.state is State.DELIVERED and context.role in (Role.BUYER, Role.SELLER):
        yield from what_is_left(context)
    at_work = order.state is State.IN_PROGRESS and order.cancellation_request is None
    if at_work and context.role is Role.BUYER:
        yield context.say(SOMETHING_WRONG)
    if order.state is State.DISPUTED:
        yield from _case(context)


def _standing(context: ReaderContext) -> Sides:
    order = context.order
    if order.state is State.DELIVERED and order.revisions_left == 0:
        return DELIVERED_FOR_THE_LAST_TIME
    return STANDING[order.state]


def _case(context: ReaderContext) -> Iterator[str]:
    dispute = context.order.dispute
    is_taken = dispute is not None and dispute.mediator_id is not None
    if context.has_the_case:
        yield context.say(HEAR_BOTH)
    elif context.role is Role.MEDIATOR:
        yield context.say(NOTHING if is_taken else TAKE_IT)
    if context.role is Role.OPERATOR:
        yield context.say(SEE_TO_A_RULING if is_taken else SEE_TO_IT)
    if context.order.deadline is None:
        yield context.say(NO_DEADLINE)
