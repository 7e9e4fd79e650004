"""The documents of the webhooks' routes. Unknown fields are refused."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.changes import UNCHANGED, Change, fields_that_stay
from db.deliveries import Status
from documents.base import Document
from domain.identifiers import ExternalId
from domain.metadata import Metadata, MetadataChange
from domain.notices import ENDPOINT_TEST, TOLD
from domain.web_address import WebhookUrl


def _known(event: str) -> str:
    if event not in TOLD:
        raise ValueError(f"is no event of an order; there are: {', '.join(TOLD)}")
    return event


Event = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(TOLD)})]
Events = Annotated[
    list[Event],
    Field(min_length=1, max_length=len(TOLD)),
    AfterValidator(lambda events: list(dict.fromkeys(events))),
]


def _sent(event: str) -> str:
    return event if event == ENDPOINT_TEST else _known(event)


SentEvent = Annotated[
    str, AfterValidator(_sent), Field(json_schema_extra={"enum": [*TOLD, ENDPOINT_TEST]})
]


class NewEndpoint(Document):
    """Where to send, and what: every event, or only these. The host must be reachable by the whole
    world."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "url": "https://marketplace.example/hooks/orders",
                "events": ["order.completed", "order.cancelled", "order.settled"],
            }
        }
    )

    url: WebhookUrl
    events: Events | None = Field(default=None, description="Null: all that there are.")
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)


class EndpointChange(Change):
    """What is to be otherwise at an endpoint; what is not named stays."""

    model_config = ConfigDict(
        json_schema_extra=fields_that_stay({"metadata": {"team": "orders", "note": None}})
    )

    url: WebhookUrl = UNCHANGED
    events: Events | None = UNCHANGED
    external_id: ExternalId | None = UNCHANGED
    metadata: MetadataChange | None = UNCHANGED


class EndpointView(Document):
    """An endpoint of the marketplace. It is told of nothing while it is disabled."""

    id: UUID
    url: str = Field(examples=["https://marketplace.example/hooks/orders"])
    events: list[Event] | None
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: str | None = Field(examples=["answered 410"])
    previous_secret_until: datetime | None = Field(
        description="Until then messages are signed by the secret before, too."
    )
    created_by: str = Field(examples=["the-operator"])
    created_at: datetime
    external_id: str | None = Field(examples=["hooks-of-orders"])
    metadata: dict[str, str] = Field(examples=[{"team": "orders"}])


class EndpointWithSecret(EndpointView):
    """An endpoint and the secret that its messages are signed with, which nobody can read again: a
    repeated request is answered with null in its place."""

    secret: str | None = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class DeliveryView(Document):
    """A message to an endpoint: `pending` until it was delivered, or given up (`failed`)."""

    id: str = Field(examples=["4711"])
    endpoint_id: UUID
    message_id: str = Field(
        description="Its header `webhook-id`.", examples=["evt_0f1f6f0e6f584b5e8c396a4c7b1f5d10_5"]
    )
    order_id: UUID | None = Field(description="Null of a test, which is of no order.")
    seq: int | None = Field(
        description="The step's entry in the order's journal; null of a message and of a test.",
        examples=[5],
    )
    event: SentEvent
    status: Status
    attempts: int = Field(examples=[3])
    last_attempt: datetime | None
    last_error: str | None = Field(examples=["answered 500"])
    delivered_at: datetime | None
    created_at: datetime
