"""What is open on an order beside its state: an offer, proposals to share the money, a wish to
cancel of one's own."""

from dataclasses import dataclass

from api.pages.acting import Way
from api.pages.order_reader import COLOURS, Seen
from api.pages.who_gets import Part, named, split
from documents.order import SettlementView
from domain.vocabulary import CancellationStatus, Role
from texts.catalogue import msg
from texts.open_matters import open_matters

OWN_WISH = msg("Your wish to cancel")
BY = msg("%(who)s: a proposal of %(instant)s")
OWN = msg("Your proposal of %(instant)s")


@dataclass(frozen=True)
class Matter:
    """Something open: what it is called, what it says of itself, the words written with it, the
    money it speaks of, and how it can be answered."""

    id: str
    title: str
    whose: str
    says: str
    words: str = ""
    price: str = ""
    parts: tuple[Part, ...] = ()
    answers: tuple[Way, ...] = ()


@dataclass(frozen=True)
class OpenBeside:
    """All that is open; the proposals stand side by side."""

    offer: Matter | None
    wish: Matter | None
    proposals: tuple[Matter, ...]


def open_beside(seen: Seen) -> OpenBeside:
    """Return what is open on the order, each with what its reader can answer."""
    order, view = seen.order, seen.view
    if order.state.is_final:
        return OpenBeside(None, None, ())
    said = open_matters(seen.context)
    offer = _offer(seen, next(said)) if order.offer is not None else None
    wish = _own_wish(seen, next(said)) if order.cancellation_request is not None else None
    shown = {one.id for one in order.settlements}
    proposals = [one for one in view.settlements if one.id in shown]
    return OpenBeside(
        offer,
        wish,
        tuple(_proposal(seen, one, words) for one, words in zip(proposals, said, strict=True)),
    )


def _offer(seen: Seen, says: str) -> Matter | None:
    offer = seen.view.offer
    if offer is None:
        return None
    return Matter(
        offer.id,
        offer.title,
        COLOURS[Role.SELLER],
        says,
        offer.description or "",
        seen.context.money(offer.price.amount),
        answers=seen.offered.answers.get(offer.id, ()),
    )


def _own_wish(seen: Seen, says: str) -> Matter | None:
    """Return the buyer's wish to them. What the seller has to answer stands above."""
    asked = seen.view.cancellation_request
    if asked is None or seen.role is not Role.BUYER:
        return None
    title = seen.formatter.say(OWN_WISH)
    if asked.status is CancellationStatus.REFUSED:
        return Matter(asked.id, title, COLOURS[Role.BUYER], says)
    return Matter(asked.id, title, COLOURS[Role.BUYER], says, asked.reason or "")


def _proposal(seen: Seen, one: SettlementView, says: str) -> Matter:
    context, instant = seen.context, seen.formatter.moment(one.proposed_at)
    own = one.by is seen.role
    who = named(context, one.by)
    return Matter(
        one.id,
        context.say(OWN if own else BY, instant=instant, who=who),
        COLOURS[one.by],
        says,
        one.reason or "",
        parts=split(context, one.refund.amount, one.paid_to_seller.amount, one.commission.amount),
        answers=seen.offered.answers.get(one.id, ()),
    )
