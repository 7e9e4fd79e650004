"""An order as people and other programs read it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from documents.base import Document
from domain.duration import Length
from domain.money import Money, shares
from domain.operator_text import consequence
from domain.order import Actor, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import (
    Action,
    CancellationStatus,
    LineKind,
    OnExpiry,
    Role,
    Ruling,
    State,
    Window,
)


class ExtraView(Document):
    """An extra that can be bought."""

    id: UUID
    title: str
    price: Money
    delivery_time: Length


class LineView(Document):
    """Something that was paid for."""

    id: str
    kind: LineKind
    title: str
    price: Money


class DeadlineView(Document):
    """Until when somebody may act, and what happens by itself after it."""

    at: datetime
    waits_for: Role
    reason: Window
    on_expiry: OnExpiry
    consequence: str = Field(examples=["the order completes and 16.00 EUR goes to the seller"])


class RevisionsView(Document):
    """How many revisions there are."""

    included: int | None = Field(
        description="By the service as it was when the order was placed; null: without limit."
    )
    used: int = Field(description="Those that the seller accepted.")


class OfferView(Document):
    """A custom offer that the buyer may accept until it lapses."""

    id: str
    title: str
    description: str | None
    price: Money
    delivery_time: Length
    made_at: datetime
    lapses_at: datetime


class SettlementView(Document):
    """A proposal to settle, with who would get what to the cent."""

    id: str
    by: Role
    reason: str | None
    proposed_at: datetime
    refund: Money
    paid_to_seller: Money
    commission: Money


class CancellationRequestView(Document):
    """The buyer's wish that the seller cancels."""

    id: str
    status: CancellationStatus
    reason: str | None
    asked_at: datetime
    answer_by: datetime


class AgreementView(Document):
    """A settlement that both sides have signed."""

    settlement_id: str
    proposed_by: Actor
    proposed_at: datetime
    accepted_by: Actor
    accepted_at: datetime


class DisputeView(Document):
    """The case before the mediator."""

    opened_by: Actor
    opened_at: datetime
    reason: str | None
    mediator_id: str | None
    taken_at: datetime | None = Field(
        description="Since when the mediator has the case; null where that is not known."
    )
    closed_at: datetime | None
    ruling: Ruling | None


class PaymentHoldView(Document):
    """The payment of the order is disputed by its payer's bank: nothing moves money on the order,
    and its deadlines stand still, until the payment provider says how that ends: it waits for
    nobody else. `due_at`, an offer's `lapses_at` and a wish's `answer_by` are as they were; if the
    dispute is won, they come later by as long as it has lasted."""

    since: datetime
    amount: Money = Field(description="What the bank asks back.")
    evidence_until: datetime | None = Field(
        description="Until when the payment can be answered for; null where that is not known."
    )


class OutcomeView(Document):
    """How the order ended and where its money went."""

    kind: State
    by: Role
    cause: str
    refunded: Money
    paid_to_seller: Money
    commission: Money
    charged_back: Money | None = Field(
        description="What went to the payer's bank, which has taken the payment back; null where"
        " nothing did."
    )


ORDER_EXAMPLE: JsonDict = {
    "id": "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10",
    "state": "revision_refused",
    "buyer_id": "ana",
    "seller_id": "ben",
    "buyer_name": "Ana Silva",
    "seller_name": None,
    "service_id": "c7a2a8f3-7b76-4bb1-bb2f-0c7f3a1c9a52",
    "external_id": "order-4711",
    "metadata": {"basket": "b-1207"},
    "title": "A logo for your shop",
    "brief": "A blue fish, for a fishmonger's door.",
    "total": {"amount": 2000, "currency": "EUR"},
    "commission_bps": 2000,
    "lines": [
        {
            "id": "c7a2a8f3-7b76-4bb1-bb2f-0c7f3a1c9a52",
            "kind": "service",
            "title": "A logo for your shop",
            "price": {"amount": 2000, "currency": "EUR"},
        }
    ],
    "extras": [],
    "late": False,
    "due_at": "2026-11-22T10:00:00Z",
    "deadline": {
        "at": "2026-11-30T10:00:00Z",
        "waits_for": "buyer",
        "reason": "decision",
        "on_expiry": "complete",
        "consequence": "the order completes and 16.00 EUR goes to the seller",
    },
    "actions": ["complete", "open_dispute"],
    "revisions": {"included": 2, "used": 1},
    "offer": None,
    "settlements": [],
    "cancellation_request": None,
    "dispute": None,
    "agreement": None,
    "payment_hold": None,
    "outcome": None,
    "last_safe_at": None,
    "unread_messages": 0,
    "version": 5,
    "created_at": "2026-11-19T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}


class OrderView(Document):
    """An order as the caller sees it; `actions` is what they may do now."""

    model_config = ConfigDict(json_schema_extra={"example": ORDER_EXAMPLE})

    id: UUID
    state: State
    buyer_id: str
    seller_id: str
    buyer_name: str | None = Field(description="As they are called now; null: they have no name.")
    seller_name: str | None = Field(description="Likewise.")
    service_id: UUID
    external_id: str | None = Field(description="What the marketplace calls it.")
    metadata: dict[str, str] = Field(description="What the marketplace noted when placing it.")
    title: str
    brief: str
    total: Money
    commission_bps: int
    lines: list[LineView]
    extras: list[ExtraView]
    late: bool
    due_at: datetime | None
    deadline: DeadlineView | None
    actions: list[Action]
    revisions: RevisionsView
    offer: OfferView | None
    settlements: list[SettlementView]
    cancellation_request: CancellationRequestView | None
    dispute: DisputeView | None
    agreement: AgreementView | None
    payment_hold: PaymentHoldView | None = Field(description="Null unless the order is frozen so.")
    outcome: OutcomeView | None
    last_safe_at: datetime | None = Field(
        description="For operators: by when the order must have left where it stands, so that its"
        " money is out of escrow before the payment provider's limit for holding it. Null for"
        " others, without such a limit, and once the order has ended."
    )
    unread_messages: int = Field(
        description="How many messages of others the reader has not read; 0 where nobody asks."
    )
    version: int
    created_at: datetime
    updated_at: datetime


def order_document(
    order: Order,
    words: OrderTexts,
    actions: Sequence[Action],
    *,
    late: bool,
    unread: int = 0,
    to_operator: bool = False,
) -> OrderView:
    """The order with the words that belong to it, what its reader may do, how many messages they
    have not read, and what operators alone are told."""
    agreement, holding = order.agreement, order.holding
    return OrderView(
        id=UUID(order.id),
        state=order.state,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        buyer_name=words.buyer_name,
        seller_name=words.seller_name,
        service_id=UUID(order.service_id),
        external_id=words.external_id,
        metadata=words.metadata,
        title=words.title,
        brief=words.brief,
        total=_money(order, order.total),
        commission_bps=order.policy.commission_bps,
        lines=_lines(order, words),
        extras=_extras(order, words),
        late=late,
        due_at=order.due_at,
        deadline=_deadline(order),
        actions=list(actions),
        revisions=RevisionsView(included=order.revisions_included, used=order.revisions_used),
        offer=_offer(order, words),
        settlements=_settlements(order, words),
        cancellation_request=_cancellation_request(order, words),
        dispute=_dispute(order, words),
        agreement=AgreementView(**agreement.model_dump()) if agreement else None,
        payment_hold=_payment_hold(order),
        outcome=_outcome(order),
        last_safe_at=holding.last_safe_at if holding is not None and to_operator else None,
        unread_messages=unread,
        version=order.version,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def _money(order: Order, amount: int) -> Money:
    return Money(amount=amount, currency=order.currency)


def _lines(order: Order, words: OrderTexts) -> list[LineView]:
    return [
        LineView(
            id=line.id,
            kind=line.kind,
            title=words.titles.get(line.id) or words.said(line.id, "title") or "",
            price=_money(order, line.price),
        )
        for line in order.lines
    ]


def _extras(order: Order, words: OrderTexts) -> list[ExtraView]:
    return [
        ExtraView(
            id=UUID(extra.id),
            title=words.titles.get(extra.id, ""),
            price=_money(order, extra.price),
            delivery_time=extra.delivery_time,
        )
        for extra in order.extras
    ]


def _deadline(order: Order) -> DeadlineView | None:
    if order.deadline is None:
        return None
    return DeadlineView(
        **order.deadline.model_dump(exclude={"remind_at"}),
        consequence=consequence(order, order.deadline),
    )


def _offer(order: Order, words: OrderTexts) -> OfferView | None:
    offer = order.offer
    if offer is None:
        return None
    return OfferView(
        **offer.model_dump(exclude={"price", "remind_at"}),
        title=words.said(offer.id, "title") or "",
        description=words.said(offer.id, "description"),
        price=_money(order, offer.price),
    )


def _settlements(order: Order, words: OrderTexts) -> list[SettlementView]:
    views = []
    for proposal in order.settlements:
        share = shares(order.total, proposal.refund, order.policy.commission_bps)
        views.append(
            SettlementView(
                id=proposal.id,
                by=proposal.proposed_by.role,
                reason=words.said(proposal.id, "reason"),
                proposed_at=proposal.proposed_at,
                refund=_money(order, share.refunded),
                paid_to_seller=_money(order, share.paid_to_seller),
                commission=_money(order, share.commission),
            )
        )
    return views


def _cancellation_request(order: Order, words: OrderTexts) -> CancellationRequestView | None:
    asked = order.cancellation_request
    if asked is None:
        return None
    return CancellationRequestView(
        **asked.model_dump(exclude={"remind_at"}), reason=words.said(asked.id, "reason")
    )


def _dispute(order: Order, words: OrderTexts) -> DisputeView | None:
    dispute = order.dispute
    if dispute is None:
        return None
    return DisputeView(
        **dispute.model_dump(exclude={"request_id"}),
        reason=words.said(dispute.request_id, "reason"),
    )


def _payment_hold(order: Order) -> PaymentHoldView | None:
    hold = order.payment_hold
    if hold is None:
        return None
    return PaymentHoldView(
        since=hold.since,
        amount=_money(order, hold.amount),
        evidence_until=hold.evidence_until,
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
        charged_back=None if end.charged_back is None else _money(order, end.charged_back),
    )
