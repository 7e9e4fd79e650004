"""The feed: an event of any kind, as it is told for ever."""

import re
from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from documents.base import Document
from documents.webhook import WebhookData
from domain.ledger import PostingKind
from domain.money import Money
from domain.notices import TOLD

MOVES = (PostingKind.TOP_UP, PostingKind.PAYOUT)
TYPES = (*TOLD, *(f"transfer.{kind}" for kind in MOVES))
"""Every type of event that the feed tells."""

_KEY = re.compile("[a-z_]+:([0-9a-f]{64})")
"""Under which a transfer is written that was asked for here."""


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
        }
    },
}


def transfer_event_id(number: int) -> str:
    """The id of a transfer's event, by the number of its posting."""
    return f"evt_transfer_{number}"


class MovedTransfer(Document):
    """What went into a wallet from the payment provider, or out of it."""

    id: UUID | None = Field(
        description="As the call that made it was answered; null where no call made it."
    )
    kind: str = Field(json_schema_extra={"enum": [kind.value for kind in MOVES]})
    user_id: str
    amount: Money
    at: datetime


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


def transfer_event(
    number: int, key: str, kind: str, user_id: str, amount: int, currency: str, at: datetime
) -> FeedEvent:
    """The event of a posting outside an order: `amount` minor units to or from a user's wallet, at
    an instant (UTC), under the key that the call had in the ledger."""
    asked = _KEY.fullmatch(key)
    moved = MovedTransfer(
        id=UUID(asked[1][:32]) if asked else None,
        kind=kind,
        user_id=user_id,
        amount=Money(amount=amount, currency=currency),
        at=at,
    )
    return FeedEvent(
        id=transfer_event_id(number),
        type=f"transfer.{kind}",
        timestamp=at,
        data=TransferData(transfer=moved),
    )
