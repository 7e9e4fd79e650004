"""The documents of payments that their payers' banks take back, and of what is owed for them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from documents.base import Document
from domain.money import Money
from domain.payments import ChargebackState


class ChargebackView(Document):
    """A dispute of a payment by its payer's bank, and how it stands."""

    id: UUID
    provider: str
    reference: str = Field(description="As the payment provider calls it.")
    pay_in_id: UUID
    order_id: UUID | None = Field(description="The order that was placed with the payment.")
    user_id: str = Field(description="Who had paid.")
    amount: Money
    state: ChargebackState
    evidence_until: datetime | None = Field(description="Until when it can be answered for.")
    reason: str | None = Field(description="Why, in the provider's words.")
    carried_out: bool = Field(
        description="Whether the order or the wallets that it concerns are as its state asks for."
    )
    created_at: datetime
    ended_at: datetime | None


class ReceivableView(Document):
    """What somebody owes for payments that were taken back, in one currency."""

    user_id: str
    user_name: str | None = Field(description="As they are called now; null: they have no name.")
    amount: Money
