"""The documents that the API takes and gives. Unknown fields are refused."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from domain.actions import PositiveMoney
from domain.duration import Duration
from domain.ledger import AccountKind, PostingKind
from domain.money import Money
from domain.order import Actor
from domain.text import Text, Title
from domain.vocabulary import Action, Code, LineKind, OnExpiry, Role, Ruling, State, Window

MAX_EXTRAS = 50

Item = TypeVar("Item")


class Document(BaseModel):
    """A document of this API."""

    model_config = ConfigDict(extra="forbid")


class Page(Document, Generic[Item]):
    """A part of a list. Send `next_cursor` as `cursor` for the part after it."""

    items: list[Item]
    next_cursor: str | None


# --- services --------------------------------------------------------------------------------


class NewExtra(Document):
    """Something that buyers can add to the service."""

    title: Title
    price: PositiveMoney
    delivery_time: Duration


class NewService(Document):
    """A service to offer. All prices are in one currency."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "A logo for your shop",
                "price": {"amount": 2000, "currency": "EUR"},
                "delivery_time": "P3D",
                "extras": [
                    {
                        "title": "Source files",
                        "price": {"amount": 500, "currency": "EUR"},
                        "delivery_time": "P1D",
                    }
                ],
            }
        }
    )

    title: Title
    description: Text | None = None
    price: PositiveMoney
    delivery_time: Duration
    revision_time: Duration | None = None
    revisions_included: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    extras: Annotated[list[NewExtra], Field(max_length=MAX_EXTRAS)] = []

    @model_validator(mode="after")
    def _one_currency(self) -> "NewService":
        if any(extra.price.currency != self.price.currency for extra in self.extras):
            raise ValueError("every extra must be priced in the currency of the service")
        return self


class ExtraView(Document):
    """An extra that can be bought."""

    id: UUID
    title: str
    price: Money
    delivery_time: timedelta


class ServiceView(Document):
    """A service on offer."""

    id: UUID
    seller_id: str
    title: str
    description: str | None
    price: Money
    delivery_time: timedelta
    revision_time: timedelta
    revisions_included: int | None
    extras: list[ExtraView]
    created_at: datetime


# --- orders ----------------------------------------------------------------------------------


class NewOrder(Document):
    """An order for a service; its price goes from the caller's wallet into escrow."""

    service_id: UUID
    brief: Text
    extra_ids: Annotated[list[UUID], Field(max_length=MAX_EXTRAS)] = []


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


class DisputeView(Document):
    """The case before the mediator."""

    opened_by: Actor
    opened_at: datetime
    reason: str | None
    mediator_id: str | None
    closed_at: datetime | None
    ruling: Ruling | None


class OutcomeView(Document):
    """How the order ended and where its money went."""

    kind: State
    by: Role
    cause: str
    refunded: Money
    paid_to_seller: Money
    commission: Money


class OrderView(Document):
    """An order as the caller sees it; `actions` is what they may do now."""

    id: UUID
    state: State
    buyer_id: str
    seller_id: str
    service_id: UUID
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
    offer: None = None
    settlements: list[Any] = []
    cancellation_request: None = None
    dispute: DisputeView | None
    outcome: OutcomeView | None
    version: int
    created_at: datetime
    updated_at: datetime


class RequestOutcome(Document):
    """How a request was decided."""

    accepted: bool
    seq: int = Field(description="Its entry in the order's journal.")
    code: Code | None
    detail: str | None


class RequestView(Document):
    """An action that was asked for; `outcome` is null until it has been decided."""

    id: str
    order_id: UUID
    action: Action
    actor: Actor
    received_at: datetime
    outcome: RequestOutcome | None


class AcceptedView(Document):
    """A request that is written down and will be carried out; `location` tells the outcome."""

    id: str
    order_id: UUID
    location: str


class EventView(Document):
    """An entry of the journal: a step, or an attempt that was refused and why (`reason`)."""

    seq: int
    at: datetime
    received_at: datetime | None
    actor: Actor | None
    action: str
    event: str | None
    accepted: bool
    code: Code | None
    reason: str | None
    state: State
    version: int
    request_id: str | None
    fields: dict[str, Any]


class AccountView(Document):
    """An account: a user's wallet, an order's escrow, the platform's commission."""

    kind: AccountKind
    owner: str


class PostingView(Document):
    """An amount that went from one account to another."""

    id: str
    at: datetime
    kind: PostingKind
    debit: AccountView = Field(description="Where it came from.")
    credit: AccountView = Field(description="Where it went.")
    amount: Money


# --- wallets ---------------------------------------------------------------------------------


class WalletView(Document):
    """What a user holds, one balance a currency."""

    balances: list[Money]


class EntryView(Document):
    """What came into (above zero) or left (below zero) a wallet."""

    id: str
    at: datetime
    kind: PostingKind
    order_id: UUID | None
    amount: Money
    balance_after: Money


class TransferView(Document):
    """A top-up or payout that has been written down."""

    id: UUID
    kind: PostingKind
    user_id: str
    amount: Money
    balance: Money


# --- health ----------------------------------------------------------------------------------


class Live(Document):
    """The process answers."""

    status: str = Field(examples=["live"])


class Ready(Document):
    """What the process needs answers too."""

    database: bool
    temporal: bool
    worker: bool
