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

TYPES = (*TOLD, *(f"transfer.{kind}" for kind in TRANSFERS))
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


class FeedEvent(Document):
    """What happened: a step of an order or a message on it, as webhooks tell it, under the same
    `id` and with the same `data`; or money that went in or out."""

    model_config = ConfigDict(json_schema_extra={"example": FEED_EXAMPLE})

    id: str = Field(description="The same in the header `webhook-id`. Send the last as `after`.")
    type: str = Field(json_schema_extra={"enum": list(TYPES)})
    timestamp: datetime
    data: WebhookData | TransferData


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
