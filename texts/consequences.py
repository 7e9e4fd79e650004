"""What each action would do, said to the one who is about to do it."""

from collections.abc import Callable, Iterator
from typing import cast

from domain.order import Offer
from domain.rules import OFFER_STATES
from domain.vocabulary import Action, Role, State
from texts.catalogue import msg
from texts.open_matters import SECOND_REFUSAL, wish
from texts.reader_context import ReaderContext, Sides
from texts.revisions import before_asking, how_many_are_left, what_is_left

SAID: dict[Action, tuple[str, ...]] = {
    Action.ACCEPT: (
        msg(
            "You then have %(work_time)s to deliver. The %(total)s stays in escrow meanwhile; when"
            " the order completes, you are paid %(pay)s."
        ),
        msg(
            "From then on, if you cancel, %(buyer)s gets everything back and it counts against your"
            " completion rate."
        ),
    ),
    Action.REQUEST_REVISION: (
        msg(
            "%(Seller)s can accept, and then has %(revision_time)s to deliver again, or refuse and"
            " say why. The %(total)s stays in escrow."
        ),
    ),
    Action.ACCEPT_REVISION: (
        msg("The order is in progress again, and you have %(revision_time)s to deliver."),
    ),
    Action.REFUSE_REVISION: (
        msg("%(Buyer)s reads your ground and your reason. You cannot take the refusal back."),
        msg(
            "%(Buyer)s then completes the order, and you are paid %(pay)s, or opens a dispute, and"
            " a mediator decides."
        ),
    ),
    Action.OPEN_DISPUTE: (
        msg(
            "The order freezes: the %(total)s stays in escrow, and its deadlines stop. You cannot"
            " take this back."
        ),
        msg(
            "A mediator hears both sides and decides, for you or for %(seller)s, and that is final."
            " Until then, you and %(seller)s can still agree on sharing the money."
        ),
    ),
    Action.REQUEST_OFFER: (
        msg(
            "Nothing is paid yet: %(seller)s can make you an offer, which you are free to decline."
        ),
    ),
    Action.WITHDRAW_OFFER: (
        msg("%(Buyer)s can no longer accept the offer. Nothing was paid for it."),
    ),
    Action.DECLINE_OFFER: (
        msg("The offer is closed, and you pay nothing for it. You cannot take this back."),
    ),
    Action.REQUEST_CANCELLATION: (
        msg("Asking cancels nothing yet: the work goes on, and so does its due date."),
    ),
    Action.WITHDRAW_SETTLEMENT: (
        msg("Your proposal is closed: the other side can no longer accept it. No money moves."),
    ),
    Action.ACCEPT_SETTLEMENT: (
        msg("With your acceptance the settlement is final: neither of you can go back on it."),
    ),
    Action.RELEASE: (
        msg("The case goes back to the queue, for any mediator to take. No money moves."),
        msg("The next mediator reads your reason. Both sides can find it in the order’s journal."),
    ),
    Action.ADD_STATEMENT: (
        msg(
            "Both sides and the mediators can read your statement. You can neither change it nor"
            " take it back."
        ),
        msg("A statement moves no money and decides nothing by itself."),
    ),
    Action.RESOLVE: (msg("Your ruling is final, and both sides read your reasons."),),
}
"""What is the same whenever it is done. How an order would end is said in `texts.endings`."""

CHECKS = msg("%(Buyer)s checks the work, and then completes the order or asks for a revision.")
CHECKS_ALONE = msg("%(Buyer)s checks the work, and then completes the order.")

PAYS = msg(
    "%(price)s goes from your wallet into escrow, and the total of the order becomes %(total)s."
)
NO_WAY_BACK = msg(
    "You cannot undo a purchase. %(Seller)s is paid for it when the order completes; if the order"
    " is cancelled, you get it back with the rest."
)
IN_ALL = msg("Once %(seller)s accepts, they have %(work_time)s to deliver in all.")
STILL_LATE = msg("The order stays late: its new due date, %(due)s, is past as well.")

OFFER = msg(
    "%(Buyer)s can accept until %(lapses)s. Their %(offer_price)s then goes into escrow, and you"
    " have %(offer_time)s for it. If they do nothing, the offer lapses by itself."
)
IF_ACCEPTED = msg(
    "If %(buyer)s accepts, the total becomes %(new_total)s, and when the order completes you are"
    " paid %(new_pay)s."
)
MAY_WITHDRAW = msg("Until %(buyer)s has accepted, you can withdraw the offer.")
ANOTHER = Sides(
    msg("%(Seller)s can make you another offer."), msg("You can make another offer afterwards.")
)

TAKEN = msg(
    "The case becomes yours: no other mediator can rule on it, unless an operator hands it over."
)
UNTIL_YOU_RULE = msg("The %(total)s stays in escrow until you have ruled, or both sides agree.")
HANDED_OVER = msg(
    "The mediator whom you name gets the case and is told so, and the time for the ruling begins"
    " anew. Whoever had the case loses it, and is told as well."
)
UNTIL_THEY_RULE = msg(
    "The %(total)s stays in escrow until the mediator has ruled, or both sides agree."
)

REFUSED_TO_CANCEL = msg(
    "%(Buyer)s reads your reason. They can then ask again, or open a dispute: a mediator decides."
)
REFUSED_AGAIN = msg(
    "This is not your first refusal, and nothing was delivered: a dispute opens by itself. The"
    " order freezes, the %(total)s stays in escrow, and a mediator decides."
)

SHARED = Sides(
    msg("If %(seller)s accepts, you get back %(back)s, and %(seller)s receives %(rest)s."),
    msg("If %(buyer)s accepts, you receive %(rest)s, and %(buyer)s gets back %(back)s."),
)
BOTH = msg("A settlement is final once both have accepted it. Until then, you can withdraw it.")
REPLACES = msg("This one takes the place of your earlier proposal.")
OTHER_TOTAL = msg("The proposal closes by itself if the total of the order changes.")


def consequences(action: Action, before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    """Say what it means to do this, beside what becomes of the order's deadline."""
    yield from map(after.say, SAID.get(action, ()))
    if action in DEPENDING:
        yield from DEPENDING[action](before, after)


def _purchase(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    yield after.say(PAYS)
    yield after.say(NO_WAY_BACK)
    if after.order.state is State.PENDING:
        yield after.say(IN_ALL)
    if after.order.is_late:
        yield after.say(STILL_LATE)


def _offer(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    price = cast("Offer", after.order.offer).price
    yield after.say(OFFER)
    yield after.say(
        IF_ACCEPTED,
        new_total=after.money(after.order.total + price),
        new_pay=after.pay(more=price),
    )
    yield after.say(MAY_WITHDRAW)


def _offer_closed(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    if after.order.state in OFFER_STATES:
        yield after.say(ANOTHER)


def _wish(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    yield from wish(after)


def _delivery(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    yield after.say(CHECKS_ALONE if after.order.revisions_left == 0 else CHECKS)
    yield from what_is_left(after)


def _revision_asked(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    yield from before_asking(after)


def _revision_answered(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    yield from how_many_are_left(after)


def _case(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    by_operator = after.role is Role.OPERATOR
    yield after.say(HANDED_OVER if by_operator else TAKEN)
    yield after.say(UNTIL_THEY_RULE if by_operator else UNTIL_YOU_RULE)


def _refusal(_before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    if after.order.state is State.DISPUTED:
        yield after.say(REFUSED_AGAIN)
        return
    yield after.say(REFUSED_TO_CANCEL)
    if not after.order.delivered_before:
        yield after.say(SECOND_REFUSAL)


def _proposal(before: ReaderContext, after: ReaderContext) -> Iterator[str]:
    refund = after.order.settlements[-1].refund
    yield after.say(SHARED, back=after.money(refund), rest=after.pay(refund))
    yield after.say(BOTH)
    if any(one.proposed_by.role is after.role for one in before.order.settlements):
        yield after.say(REPLACES)
    yield after.say(OTHER_TOTAL)


DEPENDING: dict[Action, Callable[[ReaderContext, ReaderContext], Iterator[str]]] = {
    Action.BUY_EXTRA: _purchase,
    Action.ACCEPT_OFFER: _purchase,
    Action.MAKE_OFFER: _offer,
    Action.WITHDRAW_OFFER: _offer_closed,
    Action.DECLINE_OFFER: _offer_closed,
    Action.REQUEST_CANCELLATION: _wish,
    Action.REFUSE_CANCELLATION: _refusal,
    Action.PROPOSE_SETTLEMENT: _proposal,
    Action.DELIVER: _delivery,
    Action.REQUEST_REVISION: _revision_asked,
    Action.ACCEPT_REVISION: _revision_answered,
    Action.REFUSE_REVISION: _revision_answered,
    Action.ASSIGN: _case,
}
"""What depends on the order, before and after."""
