"""The search attributes of orders, and the only place that names them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from domain.deadlines import waits_for
from domain.order import Order
from domain.standing import mediator_of, since

ORDER_STATE = SearchAttributeKey.for_keyword("OrderState")
ORDER_WAITS_FOR = SearchAttributeKey.for_keyword("OrderWaitsFor")
ORDER_DEADLINE = SearchAttributeKey.for_datetime("OrderDeadline")
ORDER_SINCE = SearchAttributeKey.for_datetime("OrderSince")
BUYER_ID = SearchAttributeKey.for_keyword("BuyerId")
SELLER_ID = SearchAttributeKey.for_keyword("SellerId")
MEDIATOR_ID = SearchAttributeKey.for_keyword("MediatorId")

TYPES = {
    ORDER_STATE.name: "Keyword",
    ORDER_WAITS_FOR.name: "Keyword",
    ORDER_DEADLINE.name: "Datetime",
    ORDER_SINCE.name: "Datetime",
    BUYER_ID.name: "Keyword",
    SELLER_ID.name: "Keyword",
    MEDIATOR_ID.name: "Keyword",
}
"""What a Temporal server must know before it takes orders."""

NOBODY = "nobody"


def of(order: Order) -> TypedSearchAttributes:
    """Return an order's search attributes, for the start of its workflow."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(ORDER_STATE, order.state),
        SearchAttributePair(ORDER_WAITS_FOR, waits_for(order) or NOBODY),
        SearchAttributePair(ORDER_SINCE, _to_the_second(since(order))),
        SearchAttributePair(BUYER_ID, order.buyer_id),
        SearchAttributePair(SELLER_ID, order.seller_id),
    ]
    if order.deadline is not None:
        pairs.append(SearchAttributePair(ORDER_DEADLINE, order.deadline.at))
    if (mediator := mediator_of(order)) is not None:
        pairs.append(SearchAttributePair(MEDIATOR_ID, mediator))
    return TypedSearchAttributes(pairs)


def changes(before: Order, after: Order) -> list[SearchAttributeUpdate[Any]]:
    """Return what to tell Temporal when an order has gone from `before` to `after`."""
    updates: list[SearchAttributeUpdate[Any]] = []
    if before.state is not after.state:
        updates.append(ORDER_STATE.value_set(after.state))
    if before.deadline != after.deadline:
        at = after.deadline and after.deadline.at
        updates.append(ORDER_DEADLINE.value_set(at) if at else ORDER_DEADLINE.value_unset())
    # Beside something else alone: runs of before these were told have no event of their own there.
    return updates and [*updates, *_beside(before, after)]


def without_deadline(before: Order, after: Order) -> list[SearchAttributeUpdate[Any]]:
    """Return the same of an order under no deadline that is frozen, or goes on: of that nothing
    was told before, so that a run of then has to be asked first."""
    waits_as_before = waits_for(before) is waits_for(after)
    return [] if waits_as_before else list(_beside(before, after))


def handed_over(before: Order, after: Order) -> list[SearchAttributeUpdate[Any]]:
    """Return the same of a case that another mediator has: under no deadline nothing was told of
    that either."""
    has_it_as_before = mediator_of(before) == mediator_of(after)
    return [] if has_it_as_before else list(_beside(before, after))


def _beside(before: Order, after: Order) -> Iterator[SearchAttributeUpdate[Any]]:
    if waits_for(before) is not waits_for(after):
        yield ORDER_WAITS_FOR.value_set(waits_for(after) or NOBODY)
    yield ORDER_SINCE.value_set(_to_the_second(since(after)))
    if (mediator := mediator_of(after)) is not None:
        yield MEDIATOR_ID.value_set(mediator)
    elif mediator_of(before) is not None:
        yield MEDIATOR_ID.value_unset()


def _to_the_second(at: datetime) -> datetime:
    # Six digits less in each event of a life.
    return at.replace(microsecond=0)
