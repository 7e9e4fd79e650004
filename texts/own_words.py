"""What the request that brought a step about says."""

from typing import Any

from domain.order import Order
from domain.order_texts import OrderTexts


def own_words(order: Order, words: OrderTexts) -> dict[str, Any]:
    """Return the fields of the step's own request, where the order after it does not keep its id.

    Beside the requests that the order refers to, only that one is among the words of a step.
    """
    known = _referred_to(order)
    found = [fields for request_id, fields in words.requests.items() if request_id not in known]
    return found[0] if len(found) == 1 else {}


def _referred_to(order: Order) -> set[str | None]:
    offer, asked, dispute = order.offer, order.cancellation_request, order.dispute
    return {
        *(line.id for line in order.lines),
        *(proposal.id for proposal in order.settlements),
        offer.id if offer is not None else None,
        asked.id if asked is not None else None,
        dispute.request_id if dispute is not None else None,
    }
