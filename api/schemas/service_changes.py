"""The document by which a seller changes a service."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.changes import UNCHANGED, Change, fields_that_stay
from api.schemas.services import MAX_EXTRAS, NewExtra, Revisions
from domain.duration import Duration
from domain.identifiers import ExternalId, Uuid
from domain.metadata import MetadataChange
from domain.money import Amount, KnownCurrency
from domain.text import Text, Title


class PriceChange(Change):
    """Another amount, another currency, or both."""

    model_config = ConfigDict(json_schema_extra=fields_that_stay({"amount": 2500}))

    amount: Amount = UNCHANGED
    currency: KnownCurrency = UNCHANGED


class ChangedExtra(NewExtra):
    """An extra from now on. It keeps the `id` that is given, and one without that is the same in
    all as before keeps its own."""

    id: Uuid | None = None


class ServiceChange(Change):
    """What is sold from now on; what is not named stays. A list of extras takes the place of the
    one before; a `revision_time` of null is the delivery time."""

    model_config = ConfigDict(
        json_schema_extra=fields_that_stay(
            {"price": {"amount": 2500}, "metadata": {"shelf": "logos", "season": None}}
        )
    )

    title: Title = UNCHANGED
    description: Text | None = UNCHANGED
    price: PriceChange = UNCHANGED
    delivery_time: Duration = UNCHANGED
    revision_time: Duration | None = UNCHANGED
    revisions_included: Revisions | None = UNCHANGED
    extras: Annotated[list[ChangedExtra], Field(max_length=MAX_EXTRAS)] | None = UNCHANGED
    external_id: ExternalId | None = UNCHANGED
    metadata: MetadataChange | None = UNCHANGED
