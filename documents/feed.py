"""The feed: an event of any kind, as it is told for ever."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from documents.base import Document
from documents.webhook import WebhookData
from domain.ledger import TRANSFERS
from domain.money import Money
from domain.notices import TOLD
from domain.payments import ChargebackState

OF_DISPUTES = {f"payment.dispute_{state}": state for state in ChargebackState}
"""The types of events of disputed payments, and what state each tells of."""

TYPES = (*TOLD, *(f"transfer.{kind}" for kind in TRANSFERS), *OF_DISPUTES)
"""Every type of event that the feed tells."""

FEED_EXAMPLE: JsonDict = {
    "id": "evt_transfer_17",
    "type": "transfer.top_up",
    "timestamp": "2026-11-23T10:00:00Z",
    "data": {
        "transfer": {
            "id": "7d0bb36d-e4d8-4d60-9970-2389f5b42eaa",
            "kind": "top_up",
            "user_id": "ana",
            "amount": {"amount": 5000, "currency": "EUR"},
            "at": "2026-11-23T10:00:00Z",
            "reference": "pi_3Nq1x",
            "reverses": None,
            "reason": None,
        }
    },
}


CHARGEBACK_EXAMPLE: JsonDict = {
    "id": "3f0f7e5e-2c1b-4d8a-9a53-7b1c2f4e0d6b",
    "state": "opened",
    "provider": "stripe",
    "reference": "du_1MzK2x",
    "pay_in_id": "0f6c2c1e-53a4-4b57-9a2e-5d1f6c7b8a90",
    "order_id": "01973c2e-7d44-7c1b-8f00-2a9f5c1d7e33",
    "user_id": "ana",
    "amount": {"amount": 2000, "currency": "EUR"},
    "at": "2026-11-23T10:00:00Z",
    "evidence_until": "2026-12-07T23:59:59Z",
    "reason": "fraudulent",
}


def transfer_event_id(number: int) -> str:
    """The id of a transfer's event, by the number of its posting."""
    return f"evt_transfer_{number}"


class MovedTransfer(Document):
    """What came in from the payment provider or went out to it, or the reversal of such."""

    id: UUID = Field(description="That of the transfer (`/v1/transfers/{id}`).")
    kind: str = Field(json_schema_extra={"enum": [kind.value for kind in TRANSFERS]})
    user_id: str | None = Field(description="Whose wallet; null for the platform's commission.")
    amount: Money
    at: datetime
    reference: str | None
    reverses: UUID | None = Field(description="The transfer that this one takes back.")
    reason: str | None = Field(description="Why that one is taken back.")


class TransferData(Document):
    """Money that went in or out."""

    transfer: MovedTransfer


class ToldChargeback(Document):
    """A dispute of a payment by its payer's bank, as its provider opened it or told its end."""

    model_config = ConfigDict(json_schema_extra={"example": CHARGEBACK_EXAMPLE})

    id: UUID = Field(description="That of the chargeback (`/v1/chargebacks`).")
    state: ChargebackState
    provider: str
    reference: str = Field(description="As the payment provider calls it.")
    pay_in_id: UUID
    order_id: UUID | None = Field(description="The order that was placed with the payment.")
    user_id: str = Field(description="Who had paid.")
    amount: Money
    at: datetime = Field(description="When it was written down here.")
    evidence_until: datetime | None = Field(
        description="Until when it can be answered for, if the provider said so with this."
    )
    reason: str | None = Field(description="Why, in the provider's words.")


class ChargebackData(Document):
    """A payment that is disputed, or is not any more."""

    chargeback: ToldChargeback


class FeedEvent(Document):
    """What happened: a step of an order or a message on it, as webhooks tell it, under the same
    `id` and with the same `data`; money that went in or out; or a payment that its payer's bank
    disputes."""

    model_config = ConfigDict(json_schema_extra={"example": FEED_EXAMPLE})

    id: str = Field(description="The same in the header `webhook-id`. Send the last as `after`.")
    type: str = Field(json_schema_extra={"enum": list(TYPES)})
    timestamp: datetime
    data: WebhookData | TransferData | ChargebackData


def transfer_event(number: int, amount: int, currency: str, **moved: Any) -> FeedEvent:
    """The event of the posting of this number outside an order: `amount` in minor units, and the
    other fields of a `MovedTransfer`."""
    transfer = MovedTransfer(amount=Money(amount=amount, currency=currency), **moved)
    return FeedEvent(
        id=transfer_event_id(number),
        type=f"transfer.{transfer.kind}",
        timestamp=transfer.at,
        data=TransferData(transfer=transfer),
    )


def dispute_event_id(number: int) -> str:
    """The id of the event that tells what the payment provider said of a dispute, by the number of
    that."""
    return f"evt_dispute_{number}"


def dispute_event(number: int, kind: str, amount: int, currency: str, **said: Any) -> FeedEvent:
    """The event of what the provider said, as of this number and kind, of a dispute of `amount`
    minor units, with the other fields of a `ToldChargeback`."""
    event_type = f"payment.{kind}"
    chargeback = ToldChargeback(
        state=OF_DISPUTES[event_type], amount=Money(amount=amount, currency=currency), **said
    )
    return FeedEvent(
        id=dispute_event_id(number),
        type=event_type,
        timestamp=chargeback.at,
        data=ChargebackData(chargeback=chargeback),
    )
