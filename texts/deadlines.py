"""Until when the next step is waited for, and what follows if nobody does anything."""

from collections.abc import Iterator

from domain.vocabulary import OnExpiry, TimerEffect, Window
from texts.catalogue import msg
from texts.reader_context import ReaderContext, Sides

NEXT_STEP = msg("The next step is due by %(at)s.")

UNTIL: dict[OnExpiry, Sides] = {
    TimerEffect.COMPLETE: Sides(
        msg(
            "You have until %(at)s. If you do nothing by then, the order completes by itself and"
            " %(seller)s is paid %(pay)s."
        ),
        msg(
            "%(Buyer)s has until %(at)s. If they do nothing by then, the order completes by itself"
            " and you are paid %(pay)s."
        ),
        NEXT_STEP,
    ),
    TimerEffect.CANCEL: Sides(
        msg(
            "%(Seller)s has until %(at)s. If they have not accepted by then, the order is cancelled"
            " by itself and you get back %(total)s."
        ),
        msg(
            "You have until %(at)s. If you have not accepted by then, the order is cancelled by"
            " itself and %(buyer)s gets back %(total)s."
        ),
        NEXT_STEP,
    ),
    TimerEffect.OPEN_DISPUTE: Sides(
        msg(
            "You have until %(at)s. If you do nothing by then, a dispute opens by itself and a"
            " mediator decides; the %(total)s stays in escrow until then."
        ),
        msg(
            "%(Buyer)s has until %(at)s. If they do nothing by then, a dispute opens by itself and"
            " a mediator decides; the %(total)s stays in escrow until then."
        ),
        NEXT_STEP,
    ),
    TimerEffect.LATE: Sides(
        msg(
            "%(Seller)s has until %(at)s to deliver. After that the order is late, and you can"
            " cancel on your own and get back %(total)s."
        ),
        msg(
            "You have until %(at)s to deliver. After that the order is late, and %(buyer)s can"
            " cancel on their own: they would get back %(total)s and you would earn nothing."
        ),
        msg(
            "%(Seller)s has until %(at)s to deliver. After that %(buyer)s can cancel on their own"
            " and get back %(total)s."
        ),
    ),
    TimerEffect.DISPUTE_ALLOWED: Sides(
        msg(
            "%(Seller)s has until %(at)s to answer. After that you can open a dispute; the"
            " %(total)s stays in escrow."
        ),
        msg(
            "You have until %(at)s to answer. After that %(buyer)s can open a dispute; the"
            " %(total)s stays in escrow."
        ),
        NEXT_STEP,
    ),
    TimerEffect.ESCALATE: Sides(
        msg(
            "A mediator should take the case by %(at)s. If nobody has, we call them again: a"
            " dispute never decides itself."
        ),
        msg(
            "A mediator should take the case by %(at)s. If nobody has, we call them again: a"
            " dispute never decides itself."
        ),
        msg(
            "The case should be taken by %(at)s. If nobody has taken it, mediators and operators"
            " are told again: a dispute never decides itself."
        ),
    ),
}
"""By what the order's deadline brings."""

RULING = Sides(
    msg(
        "The mediator should decide by %(at)s. If there is no decision by then, we call them again:"
        " a dispute never decides itself."
    ),
    msg(
        "The mediator should decide by %(at)s. If there is no decision by then, we call them again:"
        " a dispute never decides itself."
    ),
    msg(
        "The case should be ruled on by %(at)s. If it has not been, mediators and operators are"
        " told again: a dispute never decides itself."
    ),
)
"""Of a case that a mediator has."""


def until_when(context: ReaderContext) -> Iterator[str]:
    """Say the order's deadline and its consequence, where one runs."""
    deadline = context.order.deadline
    if deadline is not None:
        has_mediator = deadline.reason is Window.RULING
        yield context.say(RULING if has_mediator else UNTIL[deadline.on_expiry])
