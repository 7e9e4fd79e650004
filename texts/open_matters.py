"""What is open on an order beside its deadline: an offer, a wish to cancel, proposals to settle."""

from collections.abc import Iterator

from domain.order import Settlement
from domain.vocabulary import CancellationStatus, Role, State
from texts.catalogue import msg
from texts.reader_context import ReaderContext, Sides

OFFER = Sides(
    msg(
        "You can accept the offer of %(offer)s until %(lapses)s: its %(offer_price)s then goes into"
        " escrow, and %(seller)s has %(offer_time)s for it. If you do nothing, it lapses and costs"
        " nothing."
    ),
    msg(
        "%(Buyer)s can accept your offer of %(offer)s until %(lapses)s: its %(offer_price)s then"
        " goes into escrow, and you have %(offer_time)s for it. If they do nothing, it lapses. You"
        " can withdraw it until then."
    ),
)
OFFER_WAITS = Sides(
    msg(
        "The offer of %(offer)s stays open until %(lapses)s, but you cannot accept it while"
        " %(seller)s has to answer about the revision. If you do not accept it by then, it lapses"
        " and costs nothing."
    ),
    msg(
        "Your offer of %(offer)s stays open until %(lapses)s, but %(buyer)s cannot accept it while"
        " you have to answer about the revision. You can withdraw it until then."
    ),
)

WISH: dict[CancellationStatus, Sides] = {
    CancellationStatus.ASKED: Sides(
        msg(
            "%(Seller)s has until %(answer_by)s to answer your wish to cancel. If they cancel, you"
            " get back %(total)s. If they refuse or do not answer, you can open a dispute."
        ),
        msg(
            "You have until %(answer_by)s to answer %(buyer)s’s wish to cancel. If you cancel, they"
            " get back %(total)s, you earn nothing, and it counts against your completion rate. If"
            " you refuse, please say why. If you refuse or do not answer, they can open a dispute."
        ),
    ),
    CancellationStatus.REFUSED: Sides(
        msg("You can ask again, or open a dispute: then a mediator decides."),
        msg("%(Buyer)s can ask again, or open a dispute: then a mediator decides."),
    ),
    CancellationStatus.UNANSWERED: Sides(
        msg("You can ask again, or open a dispute: then a mediator decides."),
        msg(
            "%(Buyer)s can ask again, or open a dispute: then a mediator decides. You can still"
            " answer: cancel, or refuse and say why."
        ),
    ),
}
ASKED_AGAIN = Sides(
    msg("Meanwhile you can still open a dispute: then a mediator decides."),
    msg("Meanwhile %(buyer)s can still open a dispute: then a mediator decides."),
)
SECOND_REFUSAL = msg("A second refusal before any delivery opens the dispute by itself.")

PROPOSALS: dict[Role, Sides] = {
    Role.BUYER: Sides(
        msg(
            "Your proposal is open: %(back)s comes back to you, and %(seller)s receives %(rest)s."
            " %(Seller)s can accept it, and you can withdraw it; until then it changes nothing."
        ),
        msg(
            "%(Buyer)s’s proposal is open: you receive %(rest)s, and %(back)s goes back to"
            " %(buyer)s. If you accept it, the order ends so, and that is final. If you do nothing,"
            " it changes nothing."
        ),
        msg("%(Buyer)s proposes: %(back)s back to %(buyer)s, and %(rest)s %(to_seller)s."),
    ),
    Role.SELLER: Sides(
        msg(
            "%(Seller)s’s proposal is open: %(back)s comes back to you, and %(seller)s receives"
            " %(rest)s. If you accept it, the order ends so, and that is final. If you do nothing,"
            " it changes nothing."
        ),
        msg(
            "Your proposal is open: you receive %(rest)s, and %(back)s goes back to %(buyer)s."
            " %(Buyer)s can accept it, and you can withdraw it; until then it changes nothing."
        ),
        msg("%(Seller)s proposes: %(back)s back to %(buyer)s, and %(rest)s %(to_seller)s."),
    ),
}
"""By whose proposal it is."""


OFFER_STANDS_STILL = msg(
    "The offer of %(offer)s stands still with the order: nobody can accept or withdraw it"
    " meanwhile, and it keeps the time that it has left."
)
WISH_STANDS_STILL = Sides(
    msg(
        "Your wish to cancel stands still with the order: nobody can answer it meanwhile, and"
        " nothing follows from it."
    ),
    msg(
        "%(Buyer)s’s wish to cancel stands still with the order: nobody can answer it meanwhile,"
        " and nothing follows from it."
    ),
)
PROPOSALS_STAND_STILL: dict[Role, Sides] = {
    Role.BUYER: Sides(
        msg(
            "Your proposal stands still with the order: you would get %(back)s back, and %(seller)s"
            " would receive %(rest)s. Nobody can accept or withdraw it meanwhile."
        ),
        msg(
            "%(Buyer)s’s proposal stands still with the order: you would receive %(rest)s, and"
            " %(buyer)s would get %(back)s back. Nobody can accept or withdraw it meanwhile."
        ),
        PROPOSALS[Role.BUYER].case,
    ),
    Role.SELLER: Sides(
        msg(
            "%(Seller)s’s proposal stands still with the order: you would get %(back)s back, and"
            " %(seller)s would receive %(rest)s. Nobody can accept or withdraw it meanwhile."
        ),
        msg(
            "Your proposal stands still with the order: you would receive %(rest)s, and %(buyer)s"
            " would get %(back)s back. Nobody can accept or withdraw it meanwhile."
        ),
        PROPOSALS[Role.SELLER].case,
    ),
}
"""Of an order that is frozen, since its payment is disputed; so are the two before."""


def open_matters(context: ReaderContext) -> Iterator[str]:
    """Say each open matter with its instant and its consequence. Offers and wishes to cancel
    concern the two sides alone."""
    if context.role in (Role.BUYER, Role.SELLER):
        yield from _offer(context)
        yield from wish(context)
    for proposal in context.order.settlements:
        yield _proposal(context, proposal)


def latest_proposal(context: ReaderContext) -> str:
    """Say who would get what by the latest proposal, and nothing of what can be done about it."""
    proposal = context.order.settlements[-1]
    return context.say(
        PROPOSALS[proposal.proposed_by.role].case,
        back=context.money(proposal.refund),
        rest=context.pay(proposal.refund),
    )


def wish(context: ReaderContext) -> Iterator[str]:
    """Say the buyer's wish to cancel, and what may follow from it."""
    order = context.order
    if order.cancellation_request is None:
        return
    if order.payment_hold is not None:
        yield context.say(WISH_STANDS_STILL)
        return
    said = [context.say(WISH[order.cancellation_request.status])]
    if order.dispute_allowed and order.cancellation_request.status is CancellationStatus.ASKED:
        said.append(context.say(ASKED_AGAIN))
    if order.cancellation_refusals > 0 and not order.delivered_before:
        said.append(context.say(SECOND_REFUSAL))
    yield " ".join(said)


def _offer(context: ReaderContext) -> Iterator[str]:
    if context.order.offer is None:
        return
    if context.order.payment_hold is not None:
        yield context.say(OFFER_STANDS_STILL)
        return
    waits = context.order.state is State.REVISION_REQUESTED
    yield context.say(OFFER_WAITS if waits else OFFER)


def _proposal(context: ReaderContext, proposal: Settlement) -> str:
    is_frozen = context.order.payment_hold is not None
    said = PROPOSALS_STAND_STILL if is_frozen else PROPOSALS
    return context.say(
        said[proposal.proposed_by.role],
        back=context.money(proposal.refund),
        rest=context.pay(proposal.refund),
    )
