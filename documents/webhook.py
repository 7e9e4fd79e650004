"""What an endpoint of the marketplace is told of a step (Standard Webhooks: type, timestamp,
data)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from documents.base import Document
from documents.message import MessageView
from documents.order import ORDER_EXAMPLE, OrderView
from domain.conversation import event_name
from domain.notices import TOLD

LARGEST = 20_000
"""Bytes that a payload should not exceed, by the specification."""

_SHORTER = (4_000, 1_000, 250)
_TEXTS = {"brief", "reason", "description", "text"}
_LINKS = "links"

Model = TypeVar("Model", bound=BaseModel)


def event_id(order_id: UUID, seq: int) -> str:
    """The id of an order's event in the header `webhook-id`: the same at every attempt. That of a
    message ends with `m` and its number."""
    return f"evt_{order_id.hex}_{event_name(seq)}"


class WebhookEvent(Document):
    """The step, or the message. Its `id` is that of the header `webhook-id`; `seq` orders the steps
    of an order, which may arrive in another order or twice."""

    id: str
    order_id: UUID
    seq: int | None = Field(
        description="Its entry in the order's journal; null: it is a message, which has none."
    )
    at: datetime


class WebhookData(Document):
    """The step, and the order as it was after it; `actions` is empty and `unread_messages` 0, as no
    caller asks. With `order.message`, what was said, and the order as it was then."""

    event: WebhookEvent
    order: OrderView
    message: MessageView | None = Field(
        default=None,
        exclude_if=lambda message: message is None,
        description="Only with `order.message`.",
    )
    shortened: bool = Field(
        description="Long texts were cut to keep this small; the API has them whole."
    )


class WebhookPayload(Document):
    """The body of a webhook."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "order.revision_refused",
                "timestamp": "2026-11-23T10:00:00Z",
                "data": {
                    "event": {
                        "id": "evt_0f1f6f0e6f584b5e8c396a4c7b1f5d10_5",
                        "order_id": "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10",
                        "seq": 5,
                        "at": "2026-11-23T10:00:00Z",
                    },
                    "order": {**ORDER_EXAMPLE, "actions": []},
                    "shortened": False,
                },
            }
        }
    )

    type: str = Field(json_schema_extra={"enum": list(TOLD)})
    timestamp: datetime
    data: WebhookData


def written(payload: WebhookPayload) -> str:
    """The payload as JSON text, with long texts cut as far as its size asks for it."""
    text = payload.model_dump_json()
    for longest in _SHORTER:
        if len(text.encode()) <= LARGEST:
            break
        data = _shortened(payload.data, longest).model_copy(update={"shortened": True})
        text = payload.model_copy(update={"data": data}).model_dump_json()
    return text


def _shortened(model: Model, longest: int) -> Model:
    """The same with what people wrote cut to so many characters, however deep it lies."""
    changes: dict[str, object] = {}
    for name, value in model:
        if isinstance(value, str) and name in _TEXTS and len(value) > longest:
            changes[name] = value[: longest - 1] + "…"
        elif name == _LINKS:
            changes[name] = [link for link, end in _ends(value) if end <= longest]
        elif isinstance(value, BaseModel):
            changes[name] = _shortened(value, longest)
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            changes[name] = [_shortened(one, longest) for one in value]
    return model.model_copy(update=changes)


def _ends(links: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The links, each with the characters of all up to it."""
    return zip(links, accumulate(map(len, links)), strict=True)
