"""From rows and domain models to the documents that callers get."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from api.access import Standing
from api.schemas import (
    AcceptedView,
    AccountView,
    DeadlineView,
    DisputeView,
    EntryView,
    EventView,
    ExtraView,
    LineView,
    OrderView,
    OutcomeView,
    PostingView,
    RequestOutcome,
    RequestView,
    ServiceView,
)
from db.orders import OrderRow
from domain.money import Money
from domain.order import Actor, Order
from domain.rules import as_of
from domain.words import consequence


def service(row: dict[str, Any]) -> ServiceView:
    """A service from its row."""
    currency = row["currency"]
    extras = [
        ExtraView(
            id=extra["id"],
            title=extra["title"],
            price=Money(amount=extra["price"], currency=currency),
            delivery_time=timedelta(seconds=extra["delivery_seconds"]),
        )
        for extra in row["extras"]
    ]
    plain = {name: row[name] for name in _PLAIN_SERVICE_FIELDS}
    price = Money(amount=row["price"], currency=currency)
    return ServiceView(**plain, price=price, extras=extras)


_PLAIN_SERVICE_FIELDS = (
    "id",
    "seller_id",
    "title",
    "description",
    "delivery_time",
    "revision_time",
    "revisions_included",
    "created_at",
)


def order(row: OrderRow, standing: Standing) -> OrderView:
    """An order as the caller sees it. `actions` allows for deadlines that have just passed."""
    one = row.order
    current = as_of(one, datetime.now(UTC))
    return OrderView(
        id=UUID(one.id),
        state=one.state,
        buyer_id=one.buyer_id,
        seller_id=one.seller_id,
        service_id=UUID(one.service_id),
        title=row.title,
        brief=row.brief,
        total=_money(one, one.total),
        commission_bps=one.policy.commission_bps,
        lines=_lines(row),
        extras=_extras(row),
        late=current.is_late,
        due_at=one.due_at,
        deadline=_deadline(one),
        actions=standing.actions(current),
        dispute=_dispute(row),
        outcome=_outcome(one),
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def _money(order: Order, amount: int) -> Money:
    return Money(amount=amount, currency=order.currency)


def _lines(row: OrderRow) -> list[LineView]:
    return [
        LineView(
            id=line.id,
            kind=line.kind,
            title=row.titles[line.id],
            price=_money(row.order, line.price),
        )
        for line in row.order.lines
    ]


def _extras(row: OrderRow) -> list[ExtraView]:
    return [
        ExtraView(
            id=UUID(extra.id),
            title=row.titles[extra.id],
            price=_money(row.order, extra.price),
            delivery_time=extra.delivery_time,
        )
        for extra in row.order.extras
    ]


def _deadline(order: Order) -> DeadlineView | None:
    if order.deadline is None:
        return None
    return DeadlineView(
        **order.deadline.model_dump(), consequence=consequence(order, order.deadline)
    )


def _dispute(row: OrderRow) -> DisputeView | None:
    dispute = row.order.dispute
    if dispute is None:
        return None
    return DisputeView(
        opened_by=dispute.opened_by,
        opened_at=dispute.opened_at,
        reason=row.dispute_reason,
        mediator_id=dispute.mediator_id,
        closed_at=dispute.closed_at,
        ruling=dispute.ruling,
    )


def _outcome(order: Order) -> OutcomeView | None:
    end = order.outcome
    if end is None:
        return None
    return OutcomeView(
        kind=end.kind,
        by=end.by,
        cause=end.cause,
        refunded=_money(order, end.refunded),
        paid_to_seller=_money(order, end.paid_to_seller),
        commission=_money(order, end.commission),
    )


def request(order_id: UUID, row: dict[str, Any]) -> RequestView:
    """What was asked, and what became of it."""
    return RequestView(
        id=row["request_id"],
        order_id=order_id,
        action=row["action"],
        actor=Actor(id=row["actor_id"], role=row["actor_role"]),
        received_at=row["received_at"],
        outcome=RequestOutcome(**row["outcome"]) if row["outcome"] else None,
    )


def accepted(order_id: UUID, request_id: str, location: str) -> AcceptedView:
    """A request that is written down and not yet decided."""
    return AcceptedView(id=request_id, order_id=order_id, location=location)


def event(row: dict[str, Any]) -> EventView:
    """An entry of the journal."""
    return EventView(**row)


def posting(row: dict[str, Any]) -> PostingView:
    """A transfer of an order's money."""
    return PostingView(
        id=f"{row['tx_id']}-{row['leg']}",
        at=row["at"],
        kind=row["kind"],
        debit=AccountView(kind=row["debit_kind"], owner=row["debit_owner"]),
        credit=AccountView(kind=row["credit_kind"], owner=row["credit_owner"]),
        amount=Money(amount=row["amount"], currency=row["currency"]),
    )


def entry(row: dict[str, Any]) -> EntryView:
    """One side of a transfer, as the wallet's owner sees it."""
    return EntryView(
        id=f"{row['tx_id']}-{row['leg']}",
        at=row["at"],
        kind=row["kind"],
        order_id=row["order_id"],
        amount=Money(amount=row["amount"], currency=row["currency"]),
        balance_after=Money(amount=row["balance_after"], currency=row["currency"]),
    )
