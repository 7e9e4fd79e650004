"""What an endpoint of the marketplace is told of a step (Standard Webhooks: type, timestamp,
data)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from documents.base import Document
from documents.message import MessageView, message_document
from documents.order import ORDER_EXAMPLE, OrderView, order_document
from domain.conversation import event_name
from domain.notices import ENDPOINT_TEST, TOLD
from domain.order import Order
from domain.order_texts import OrderTexts

LARGEST = 20_000
"""Bytes that a payload should not exceed, by the specification."""

_SHORTER = (4_000, 1_000, 250)
_TEXTS = {"brief", "reason", "description", "text"}
_LINKS = "links"

Model = TypeVar("Model", bound=BaseModel)


def event_id(whose: UUID, number: int) -> str:
    """The id of an order's event, in the header `webhook-id` and in the feed: always the same. That
    of a message ends with `m` and its number; that of a test is made of its endpoint's id and its
    own number."""
    return f"evt_{whose.hex}_{event_name(number)}"


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
    type: str = Field(json_schema_extra={"enum": list(TOLD)})
    timestamp: datetime
    data: WebhookData


class EndpointTestEvent(Document):
    """The test. Its `id` is that of the header `webhook-id`."""

    id: str
    at: datetime = Field(description="When it was asked for.")


class EndpointTestData(Document):
    """The test, and the endpoint that it is for."""

    event: EndpointTestEvent
    endpoint_id: UUID


class EndpointTestPayload(Document):
    """The body of a webhook that tells of nothing: it shows that the endpoint hears."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "evt_7ab55ab0b3a94c0f8d4f5f1a3d0d9f35_4711",
                "type": ENDPOINT_TEST,
                "timestamp": "2026-11-23T10:00:00Z",
                "data": {
                    "event": {
                        "id": "evt_7ab55ab0b3a94c0f8d4f5f1a3d0d9f35_4711",
                        "at": "2026-11-23T10:00:00Z",
                    },
                    "endpoint_id": "7ab55ab0-b3a9-4c0f-8d4f-5f1a3d0d9f35",
                },
            }
        }
    )

    id: str = Field(description="That of the header `webhook-id`.")
    type: Literal["endpoint.test"] = ENDPOINT_TEST
    timestamp: datetime
    data: EndpointTestData


def payload_of_test(endpoint_id: UUID, number: int, at: datetime) -> EndpointTestPayload:
    """Return what an endpoint is sent as the test of this number, which was asked for at `at`."""
    event = EndpointTestEvent(id=event_id(endpoint_id, number), at=at)
    data = EndpointTestData(event=event, endpoint_id=endpoint_id)
    return EndpointTestPayload(id=event.id, timestamp=at, data=data)


def step_payload(
    order_id: UUID, seq: int, event: str, at: datetime, order: Order, words: OrderTexts
) -> WebhookPayload:
    """The payload of a step, or of a message by minus its number: the event and its instant (UTC),
    and the order as it was. Long texts are cut as far as its size asks for it."""
    message_id, said = event_id(order_id, seq), words.message
    data = WebhookData(
        event=WebhookEvent(id=message_id, order_id=order_id, seq=None if said else seq, at=at),
        order=order_document(order, words, (), late=order.is_late),
        message=message_document(order_id, said) if said else None,
        shortened=False,
    )
    return bounded(WebhookPayload(id=message_id, type=event, timestamp=at, data=data))


def bounded(payload: WebhookPayload) -> WebhookPayload:
    """The payload with long texts cut as far as its size asks for it."""
    shorter = payload
    for longest in _SHORTER:
        if len(shorter.model_dump_json().encode()) <= LARGEST:
            break
        data = _shortened(payload.data, longest).model_copy(update={"shortened": True})
        shorter = payload.model_copy(update={"data": data})
    return shorter


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
