"""How an order ended, or would end: by whom, where the money goes, as what it counts."""

from collections.abc import Iterator

from domain.order import Outcome
from domain.vocabulary import Action, Count, ProviderAct, Role, State, Window
from texts.catalogue import msg
from texts.disputed_payment import GONE, LOST
from texts.reader_context import ReaderContext, Sentence, Sides

ENDED: dict[tuple[Role, str], Sentence] = {
    (Role.BUYER, Action.COMPLETE): Sides(
        msg("You completed the order."), msg("%(Buyer)s completed the order.")
    ),
    (Role.BUYER, Action.CANCEL): Sides(
        msg("You cancelled the order."), msg("%(Buyer)s cancelled the order.")
    ),
    (Role.SELLER, Action.CANCEL): Sides(
        msg("%(Seller)s cancelled the order."), msg("You cancelled the order.")
    ),
    (Role.OPERATOR, Action.CANCEL): msg("An operator of the marketplace cancelled the order."),
    (Role.BUYER, Action.ACCEPT_SETTLEMENT): Sides(
        msg("You accepted %(seller)s’s proposal: the order is settled."),
        msg("%(Buyer)s accepted your proposal: the order is settled."),
        msg("%(Buyer)s and %(seller)s agreed on how to share the money."),
    ),
    (Role.SELLER, Action.ACCEPT_SETTLEMENT): Sides(
        msg("%(Seller)s accepted your proposal: the order is settled."),
        msg("You accepted %(buyer)s’s proposal: the order is settled."),
        msg("%(Buyer)s and %(seller)s agreed on how to share the money."),
    ),
    (Role.DEADLINE, Window.ACCEPTANCE): Sides(
        msg("%(Seller)s did not accept by %(lapsed)s, so the order was cancelled by itself."),
        msg("You did not accept by %(lapsed)s, so the order was cancelled by itself."),
    ),
    (Role.DEADLINE, Window.REVIEW): Sides(
        msg("Your time to check the work ended on %(lapsed)s: the order completed by itself."),
        msg("The time to check the work ended on %(lapsed)s: the order completed by itself."),
    ),
    (Role.DEADLINE, Window.DECISION): Sides(
        msg("Your time to decide ended on %(lapsed)s: the order completed by itself."),
        msg("The time for %(buyer)s to decide ended on %(lapsed)s: the order completed by itself."),
    ),
    (Role.PROVIDER, ProviderAct.PAYMENT_DISPUTE_LOST): LOST,
}
"""By who ended it, and by what. A mediator's ruling is in `RULED`."""

RULED: dict[State, str] = {
    State.CANCELLED: msg("The mediator decided: all of the money goes back."),
    State.COMPLETED: msg("The mediator decided: the work is paid."),
    State.SETTLED: msg("The mediator decided: the money is shared."),
}

WENT: dict[State, Sides] = {
    State.COMPLETED: Sides(
        msg("Of your %(total)s, %(seller)s received %(paid)s."),
        msg("You received %(paid)s in your wallet."),
        msg("%(Seller)s received %(paid)s."),
    ),
    State.CANCELLED: Sides(
        msg("All of your %(refunded)s is back in your wallet."),
        msg("%(Buyer)s got back %(refunded)s, all that they had paid. You are not paid."),
        msg("%(Buyer)s got back %(refunded)s, all that they had paid."),
    ),
    State.SETTLED: Sides(
        msg("You got back %(refunded)s in your wallet, and %(seller)s received %(paid)s."),
        msg("You received %(paid)s in your wallet, and %(buyer)s got back %(refunded)s."),
        msg("%(Buyer)s got back %(refunded)s, and %(seller)s received %(paid)s."),
    ),
}

GOES: dict[State, Sides] = {
    State.COMPLETED: Sides(
        msg("%(Seller)s is paid %(paid)s, and nothing comes back to you."),
        msg("%(Seller)s is paid %(paid)s, and nothing goes back to %(buyer)s."),
        msg("%(Seller)s is paid %(paid)s, and nothing goes back to %(buyer)s."),
    ),
    State.CANCELLED: Sides(
        msg("You get back %(refunded)s, all that you paid. %(Seller)s earns nothing."),
        msg(
            "%(Buyer)s gets back %(refunded)s, all that they paid. You earn nothing, whatever work"
            " you have done."
        ),
        msg("%(Buyer)s gets back %(refunded)s, all that they paid. %(Seller)s earns nothing."),
    ),
    State.SETTLED: Sides(
        msg("You get back %(refunded)s, and %(seller)s receives %(paid)s."),
        msg("You receive %(paid)s, and %(buyer)s gets back %(refunded)s."),
        msg("%(Buyer)s gets back %(refunded)s, and %(seller)s receives %(paid)s."),
    ),
}


def _counts(of_seller: str, to_seller: str) -> Sides:
    return Sides(of_seller, to_seller, of_seller)


COUNTS: dict[Count | None, Sides] = {
    Count.COMPLETED: _counts(
        msg("The order counts as completed in %(seller)s’s completion rate."),
        msg("The order counts as completed in your completion rate."),
    ),
    Count.CANCELLED: _counts(
        msg("The order counts as cancelled in %(seller)s’s completion rate."),
        msg(
            "The order counts as cancelled in your completion rate, which decides how high your"
            " services are listed."
        ),
    ),
    None: _counts(
        msg("The order does not count in %(seller)s’s completion rate."),
        msg("The order does not count in your completion rate."),
    ),
}

CLOSED = msg("The order is closed for good: there is nothing more to do.")
FOR_GOOD = msg(
    "This ends the order for good and closes all that is open on it: it cannot be undone."
)
DISPUTE_ENDS = msg("The dispute ends with it.")


def ended(context: ReaderContext, outcome: Outcome) -> str:
    """Say who ended the order, and how."""
    return context.say(ENDED.get((outcome.by, outcome.cause)) or RULED[outcome.kind])


def afterwards(context: ReaderContext, outcome: Outcome) -> Iterator[str]:
    """Say where the money went, and that it is over; to the seller alone as what it counts."""
    went = context.say(GONE if outcome.charged_back is not None else WENT[outcome.kind])
    counted = context.say(COUNTS[outcome.counts_as])
    yield f"{went} {counted}" if context.role is Role.SELLER else went
    yield context.say(CLOSED)


def end_foreseen(before: ReaderContext, after: ReaderContext, outcome: Outcome) -> Iterator[str]:
    """Say what it would mean if the order ended so."""
    yield after.say(GOES[outcome.kind])
    yield after.say(FOR_GOOD)
    if before.order.state is State.DISPUTED:
        yield after.say(DISPUTE_ENDS)
    yield after.say(COUNTS[outcome.counts_as])
