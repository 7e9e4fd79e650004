"""What a marketplace notes on services, orders and endpoints, for its own programs: nothing here
decides by it, and none of it is sent to Temporal."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints
from pydantic.config import JsonDict

from domain.text import without_nul

MAX_KEYS, MAX_KEY, MAX_VALUE = 50, 40, 500

_NO_NUL: JsonDict = {"pattern": r"^[^\u0000]*$"}
_NAMES: JsonDict = {"propertyNames": {"minLength": 1, "maxLength": MAX_KEY, **_NO_NUL}}

MetadataKey: TypeAlias = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_KEY),
    AfterValidator(without_nul),
]
MetadataValue: TypeAlias = Annotated[
    str,
    StringConstraints(strict=True, max_length=MAX_VALUE),
    AfterValidator(without_nul),
    Field(json_schema_extra=_NO_NUL),
]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Field(
        max_length=MAX_KEYS,
        description=f"Yours: up to {MAX_KEYS} texts of {MAX_VALUE} characters, by names of"
        f" {MAX_KEY}. Everybody reads it who reads what it stands at, and webhooks carry it.",
        examples=[{"basket": "b-1207"}],
        json_schema_extra=_NAMES,
    ),
]
MetadataChange = Annotated[
    dict[MetadataKey, MetadataValue | None],
    Field(
        max_length=MAX_KEYS,
        description="Texts to put in or to exchange, by their names; null takes one out. Up to"
        f" {MAX_KEYS} at a time.",
        examples=[{"basket": "b-1208", "note": None}],
        json_schema_extra=_NAMES,
    ),
]


def merged(metadata: dict[str, str], change: dict[str, str | None] | None) -> dict[str, str]:
    """Return the metadata after a change; None takes everything out.

    Raises:
        ValueError: that would be more than `MAX_KEYS`.
    """
    if change is None:
        return {}
    found = {key: value for key, value in {**metadata, **change}.items() if value is not None}
    if len(found) > MAX_KEYS:
        raise ValueError(f"would have {len(found)} keys; there may be up to {MAX_KEYS}")
    return found


def as_metadata(value: object) -> dict[str, str]:
    """Return what is kept as metadata.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return value
    raise ValueError("metadata is an object of texts")
