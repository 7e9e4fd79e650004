"""The documents of services."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StrictInt, model_validator

from documents.base import Document
from documents.order import ExtraView
from domain.actions import NewPrice
from domain.duration import Duration, Length
from domain.identifiers import ExternalId
from domain.metadata import Metadata
from domain.money import Money
from domain.text import Text, Title

MAX_EXTRAS, MAX_REVISIONS = 50, 1000
ONE_CURRENCY = "every extra must be priced in the currency of the service"

Revisions = Annotated[StrictInt, Field(ge=0, le=MAX_REVISIONS)]


class NewExtra(Document):
    """Something that buyers can add to the service."""

    title: Title
    price: NewPrice
    delivery_time: Duration


class NewService(Document):
    """A service to offer. All prices are in one currency."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "A logo for your shop",
                "price": {"amount": 2000, "currency": "EUR"},
                "delivery_time": "P3D",
                "extras": [
                    {
                        "title": "Source files",
                        "price": {"amount": 500, "currency": "EUR"},
                        "delivery_time": "P1D",
                    }
                ],
            }
        }
    )

    title: Title
    description: Text | None = None
    price: NewPrice
    delivery_time: Duration
    revision_time: Duration | None = None
    revisions_included: Revisions | None = Field(
        default=None, description="How many revisions are included; null: without limit."
    )
    extras: list[NewExtra] = Field(default_factory=list, max_length=MAX_EXTRAS)
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_currency(self) -> "NewService":
        if any(extra.price.currency != self.price.currency for extra in self.extras):
            raise ValueError(ONE_CURRENCY)
        return self


class ServiceView(Document):
    """A service. What is `archived` is on no list and takes no orders."""

    id: UUID
    seller_id: str
    title: str
    description: str | None
    price: Money
    delivery_time: Length
    revision_time: Length
    revisions_included: int | None
    extras: list[ExtraView]
    external_id: str | None = Field(description="What the marketplace calls it.")
    metadata: dict[str, str] = Field(description="What the marketplace notes on it.")
    archived: bool
    version: int = Field(description="Its ETag, and the `service_version` of an order for it.")
    created_at: datetime
