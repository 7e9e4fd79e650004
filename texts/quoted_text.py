"""What people wrote with a step, quoted for those who did not write it."""

from collections.abc import Iterator
from typing import Any

from domain.notices import DISPUTE_OPENED, EVENT_OF_ACTION, MESSAGE
from domain.order import Order
from domain.vocabulary import Action, Ground, Role
from texts.catalogue import msg
from texts.messages import quoted_message
from texts.reader_context import ReaderContext

Said = tuple[Role | None, Any]
"""Who wrote what. A statement does not say whose it is."""

WRITES: dict[Role | None, str] = {
    Role.BUYER: msg("%(Buyer)s writes: %(words)s"),
    Role.SELLER: msg("%(Seller)s writes: %(words)s"),
    Role.MEDIATOR: msg("The mediator’s reasons: %(words)s"),
    Role.OPERATOR: msg("The operator writes: %(words)s"),
    None: msg("It says: %(words)s"),
}

GROUNDS: dict[Ground, str] = {
    Ground.VAGUE: msg("The ground: the request is not precise enough to work from."),
    Ground.NOT_INCLUDED: msg("The ground: what is asked for is not included in the service."),
    Ground.OUT_OF_SCOPE: msg("The ground: what is asked for goes beyond the brief."),
    Ground.OTHER: msg("The ground: another one, explained by %(seller)s."),
}

GIVEN_BACK = msg("Why it was given back: %(words)s")

RELEASED = EVENT_OF_ACTION[Action.RELEASE]
REFUSED = EVENT_OF_ACTION[Action.REFUSE_REVISION]
CANCELLED = EVENT_OF_ACTION[Action.CANCEL]

OWN: dict[str, tuple[Role | None, str]] = {
    EVENT_OF_ACTION[Action.DELIVER]: (Role.SELLER, "message"),
    EVENT_OF_ACTION[Action.REQUEST_REVISION]: (Role.BUYER, "reason"),
    REFUSED: (Role.SELLER, "reason"),
    DISPUTE_OPENED: (Role.SELLER, "reason"),
    EVENT_OF_ACTION[Action.REQUEST_OFFER]: (Role.BUYER, "description"),
    EVENT_OF_ACTION[Action.REFUSE_CANCELLATION]: (Role.SELLER, "reason"),
    EVENT_OF_ACTION[Action.ADD_STATEMENT]: (None, "statement"),
    EVENT_OF_ACTION[Action.RESOLVE]: (Role.MEDIATOR, "reasons"),
}
"""Who writes which field of a step's own request. A dispute's own is the refusal to cancel that
opened it; the reason of one that the buyer opened is referred to."""


def quoted_text(event: str, context: ReaderContext) -> Iterator[str]:
    """Quote the ground and the words of a step; one's own are not repeated to their author."""
    if event == MESSAGE:
        yield from quoted_message(context)
        return
    own = context.own_words
    if event == REFUSED and context.role is not Role.SELLER and own.get("ground") in GROUNDS:
        yield context.say(GROUNDS[Ground(own["ground"])])
    if event == RELEASED and context.role is Role.MEDIATOR:
        yield context.say(GIVEN_BACK, words=context.formatter.quoted(own["reason"]))
    for author, text in (*_referred(event, context), *_own(event, context.order, own)):
        if text and author is not context.role:
            yield context.say(WRITES[author], words=context.formatter.quoted(text))


def _referred(event: str, context: ReaderContext) -> Iterator[Said]:
    """Yield what requests say whose ids the order keeps."""
    order, words = context.order, context.words
    if event == EVENT_OF_ACTION[Action.MAKE_OFFER] and order.offer is not None:
        yield Role.SELLER, words.said(order.offer.id, "description")
    if event == EVENT_OF_ACTION[Action.REQUEST_CANCELLATION] and order.cancellation_request:
        yield Role.BUYER, words.said(order.cancellation_request.id, "reason")
    if event == EVENT_OF_ACTION[Action.PROPOSE_SETTLEMENT] and order.settlements:
        latest = order.settlements[-1]
        yield latest.proposed_by.role, words.said(latest.id, "reason")
    if event == DISPUTE_OPENED and order.dispute is not None:
        yield Role.BUYER, words.said(order.dispute.request_id, "reason")


def _own(event: str, order: Order, own: dict[str, Any]) -> Iterator[Said]:
    if event == CANCELLED and order.outcome is not None:
        yield order.outcome.by, own.get("reason")
    elif event in OWN:
        author, field = OWN[event]
        yield author, own.get(field)
