"""What an endpoint of the marketplace is told of a step (Standard Webhooks: type, timestamp,
data)."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from documents.base import Document
from documents.order import ORDER_EXAMPLE, OrderView, order_document
from domain.notices import EVENTS
from domain.order import Order
from domain.order_texts import OrderTexts

LARGEST = 20_000
"""Bytes that a payload should not exceed, by the specification."""

_SHORTER = (4_000, 1_000, 250)
_TEXTS = {"brief", "reason", "description"}

Model = TypeVar("Model", bound=BaseModel)


def event_id(order_id: UUID, seq: int) -> str:
    """The id of an order's event, in the header `webhook-id` and in the feed: always the same."""
    return f"evt_{order_id.hex}_{seq}"


class WebhookEvent(Document):
    """The step. Its `id` is that of the header `webhook-id`; `seq` orders the events of an order,
    which may arrive in another order or twice."""

    id: str
    order_id: UUID
    seq: int = Field(description="Its entry in the order's journal.")
    at: datetime


class WebhookData(Document):
    """The step, and the order as it was after it; `actions` is empty, as no caller asks."""

    event: WebhookEvent
    order: OrderView
    shortened: bool = Field(
        description="Long texts were cut to keep this small; the API has them whole."
    )


class WebhookPayload(Document):
    """The body of a webhook, and the same event in the feed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "evt_0f1f6f0e6f584b5e8c396a4c7b1f5d10_5",
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

    id: str = Field(description="That of the header `webhook-id`, and of the event in the feed.")
    type: str = Field(json_schema_extra={"enum": list(EVENTS)})
    timestamp: datetime
    data: WebhookData


def step_payload(
    order_id: UUID, seq: int, event: str, at: datetime, order: Order, words: OrderTexts
) -> WebhookPayload:
    """The payload of a step: its number, event and instant (UTC), and the order after it. Long
    texts are cut as far as its size asks for it."""
    message_id = event_id(order_id, seq)
    step = WebhookEvent(id=message_id, order_id=order_id, seq=seq, at=at)
    shown = order_document(order, words, (), late=order.is_late)
    data = WebhookData(event=step, order=shown, shortened=False)
    return _bounded(WebhookPayload(id=message_id, type=event, timestamp=at, data=data))


def _bounded(payload: WebhookPayload) -> WebhookPayload:
    bounded = payload
    for longest in _SHORTER:
        if len(bounded.model_dump_json().encode()) <= LARGEST:
            break
        order = _shortened(payload.data.order, longest)
        data = payload.data.model_copy(update={"order": order, "shortened": True})
        bounded = payload.model_copy(update={"data": data})
    return bounded


def _shortened(model: Model, longest: int) -> Model:
    """The same with what people wrote cut to so many characters, however deep it lies."""
    changes: dict[str, object] = {}
    for name, value in model:
        if isinstance(value, str) and name in _TEXTS and len(value) > longest:
            changes[name] = value[: longest - 1] + "…"
        elif isinstance(value, BaseModel):
            changes[name] = _shortened(value, longest)
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            changes[name] = [_shortened(one, longest) for one in value]
    return model.model_copy(update=changes)
