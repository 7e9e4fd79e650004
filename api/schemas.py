"""The documents that the API takes and gives. Unknown fields are refused."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import ConfigDict, Field, StrictInt, model_validator

from documents.base import Document
from documents.order import DeadlineView, ExtraView, OrderView
from domain.actions import PositiveMoney
from domain.duration import Duration, Length
from domain.ledger import AccountKind, PostingKind
from domain.money import Money
from domain.order import Actor
from domain.preview import PreviewAccount
from domain.reputation import Band
from domain.text import Text, Title
from domain.vocabulary import Code, Count, Role, State

MAX_EXTRAS = 50

Item = TypeVar("Item")


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
    extras: list[NewExtra] = Field(default_factory=list, max_length=MAX_EXTRAS)

    @model_validator(mode="after")
    def _one_currency(self) -> "NewService":
        if any(extra.price.currency != self.price.currency for extra in self.extras):
            raise ValueError("every extra must be priced in the currency of the service")
        return self


class ServiceView(Document):
    """A service on offer."""

    id: UUID
    seller_id: str
    title: str
    description: str | None
    price: Money
    delivery_time: Length
    revision_time: Length
    revisions_included: int | None
    extras: list[ExtraView]
    created_at: datetime


# --- orders ----------------------------------------------------------------------------------


class NewOrder(Document):
    """An order for a service; its price goes from the caller's wallet into escrow."""

    service_id: UUID
    brief: Text
    extra_ids: list[UUID] = Field(
        default=[], max_length=MAX_EXTRAS, json_schema_extra={"uniqueItems": True}
    )


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
    action: str
    actor: Actor | None
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


class CaseView(Document):
    """Everything about an order on one read; entries of the journal carry what people wrote."""

    order: OrderView
    deliveries: list[EventView]
    refusals: list[EventView]
    statements: list[EventView]
    proposals: list[EventView]
    refused_attempts: list[EventView]
    journal: list[EventView]
    journal_whole: bool = Field(
        description="False when it has older entries than these: `GET …/events` shows them all."
    )
    ledger: list[PostingView]


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


# --- sellers ---------------------------------------------------------------------------------


class ReputationView(Document):
    """A seller's completion rate; rate and band are null under five ended orders."""

    completion_rate: float | None = Field(examples=[0.92])
    band: Band | None
    visibility: float = Field(examples=[1.0], description="By what listings are ordered.")
    completed: int
    cancelled: int


class CountedOrder(Document):
    """An order that the rate is counted from."""

    order_id: UUID
    title: str
    state: State
    ended_at: datetime
    by: Role
    cause: str
    counts_as: Count


# --- previews --------------------------------------------------------------------------------


class MoneyChange(Document):
    """What an account gains (above zero) or loses (below zero)."""

    account: PreviewAccount
    amount: Money


class RateChange(Document):
    """What an action would do to the seller's completion rate, from 0 to 1; null: not shown."""

    before: float | None
    after: float | None


class PreviewView(Document):
    """What an action would do now, worked out by the code that does it; nothing has changed."""

    state: State
    deadline: DeadlineView | None
    money: list[MoneyChange]
    completion_rate: RateChange | None = Field(
        description="The seller's, where the action would end the order and counts."
    )
    notes: list[str] = Field(description="What to know before pressing, in the reader's language.")


class Nothing(Document):
    """What a request without a body says."""


# --- health ----------------------------------------------------------------------------------


class Live(Document):
    """The process answers."""

    status: str = Field(examples=["live"])


class Ready(Document):
    """What the process needs answers too."""

    database: bool
    temporal: bool
    worker: bool
