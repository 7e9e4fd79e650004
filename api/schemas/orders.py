"""The documents of orders, of requests and of the journal."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictInt

from api.schemas.services import MAX_EXTRAS
from documents.base import Document
from domain.identifiers import ExternalId, Uuid
from domain.metadata import Metadata
from domain.order import Actor
from domain.text import Text
from domain.vocabulary import Code, State


class NewOrder(Document):
    """An order for a service; its price goes from the caller's wallet into escrow."""

    service_id: Uuid
    brief: Text
    extra_ids: list[Uuid] = Field(
        default=[], max_length=MAX_EXTRAS, json_schema_extra={"uniqueItems": True}
    )
    service_version: Annotated[StrictInt, Field(ge=1, lt=2**31)] | None = Field(
        default=None,
        description="The `version` of the service that the buyer saw: the order is placed on these"
        " terms or not at all.",
    )
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)


class RequestOutcome(Document):
    """How a request was decided."""

    accepted: bool
    seq: int = Field(description="Its entry in the order's journal.")
    code: Code | None
    detail: str | None


class RequestView(Document):
    """An action that was asked for; `outcome` is null until it has been decided."""

    id: str
    order_id: UUID
    action: str
    actor: Actor | None
    received_at: datetime
    outcome: RequestOutcome | None


class AcceptedView(Document):
    """A request that is written down and will be carried out; `location` tells the outcome."""

    id: str
    order_id: UUID
    location: str


class EventView(Document):
    """An entry of the journal: a step, or an attempt that was refused and why (`reason`)."""

    seq: int
    at: datetime
    received_at: datetime | None
    actor: Actor | None
    action: str
    event: str | None
    accepted: bool
    code: Code | None
    reason: str | None
    state: State
    version: int
    request_id: str | None
    shortened: bool = Field(
        description="Of what was said with a refused attempt the first 2,000 characters are kept;"
        " the text that was cut ends with `…`, and links that did not fit are gone."
    )
    fields: dict[str, Any]
