"""The documents of payments into wallets, and of what payment providers say."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.orders import NewOrder
from api.schemas.provider_silence import ProviderSilence
from documents.base import Document
from domain.actions import NewPrice
from domain.money import Money
from domain.payments import EventOutcome, PayInState
from domain.web_address import ReturnUrl


class NewPayIn(NewPrice):
    """An amount that the caller pays into their wallet at the payment provider; with an `order`,
    that is placed as soon as the money is there, on the service's terms of now."""

    return_url: ReturnUrl = Field(
        description="Where the payer goes afterwards, paid or not.",
        examples=["https://marketplace.example.org/wallet"],
    )
    order: NewOrder | None = None


class PayInView(Document):
    """A payment into a wallet, and what became of it."""

    id: UUID
    user_id: str
    amount: Money
    state: PayInState
    url: str | None = Field(description="Where it is paid, for who pays; null unless it is open.")
    until: datetime | None = Field(description="Until when it can be paid there.")
    reference: str | None = Field(description="As the payment provider calls it.")
    reason: str | None = Field(description="Why it failed, in the provider's words.")
    transfer_id: UUID | None = Field(description="What brought the money into the wallet.")
    order_id: UUID | None = Field(description="The order that was placed with it.")
    order_refused: str | None = Field(
        description="Why the order that was asked for was not placed: the money stays in the"
        " wallet."
    )
    created_at: datetime
    ended_at: datetime | None
    silence: ProviderSilence | None = Field(
        description="Since when the payment provider does not say what becomes of it, and why; for"
        " those who operate."
    )


class ProviderEventView(Document):
    """Something that the payment provider said, and what came of it; `outcome` is null until that
    is done."""

    id: str
    provider: str
    kind: str
    name: str = Field(description="Its type, as the provider calls it.")
    at: datetime = Field(description="When it happened, by the provider's clock.")
    received_at: datetime
    reference: str | None = Field(description="As the provider calls what it speaks of.")
    our_id: str | None = Field(
        description="The id that we gave that: of a payment in or a payout; of an account, its"
        " owner's."
    )
    amount: Money | None
    reason: str | None
    outcome: EventOutcome | None


class EventReceived(Document):
    """An event was written down, now or before."""

    received: bool = True
