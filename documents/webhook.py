"""What an endpoint of the marketplace is told of a step (Standard Webhooks: type, timestamp,
data)."""

from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from documents.base import Document
from documents.order import ORDER_EXAMPLE, OrderView
from domain.notices import ENDPOINT_TEST, EVENTS

LARGEST = 20_000
"""Bytes that a payload should not exceed, by the specification."""

_SHORTER = (4_000, 1_000, 250)
_TEXTS = {"brief", "reason", "description"}

Model = TypeVar("Model", bound=BaseModel)


def event_id(whose: UUID, number: int) -> str:
    """The id of an order's event in the header `webhook-id`: the same at every attempt. That of a
    test is made of its endpoint's id and its own number."""
    return f"evt_{whose.hex}_{number}"


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

    type: str = Field(json_schema_extra={"enum": list(EVENTS)})
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

    type: Literal["endpoint.test"] = ENDPOINT_TEST
    timestamp: datetime
    data: EndpointTestData


def payload_of_test(endpoint_id: UUID, number: int, at: datetime) -> EndpointTestPayload:
    """Return what an endpoint is sent as the test of this number, which was asked for at `at`."""
    event = EndpointTestEvent(id=event_id(endpoint_id, number), at=at)
    data = EndpointTestData(event=event, endpoint_id=endpoint_id)
    return EndpointTestPayload(timestamp=at, data=data)


def written(payload: WebhookPayload) -> str:
    """The payload as JSON text, with long texts cut as far as its size asks for it."""
    text = payload.model_dump_json()
    for longest in _SHORTER:
        if len(text.encode()) <= LARGEST:
            break
        order = _shortened(payload.data.order, longest)
        data = payload.data.model_copy(update={"order": order, "shortened": True})
        text = payload.model_copy(update={"data": data}).model_dump_json()
    return text


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
