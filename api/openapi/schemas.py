"""What the framework cannot know of the documents that are taken and given."""

from collections.abc import Iterator
from typing import Any

from api.schemas.base import Page
from api.schemas.ledger import NewTopUp
from domain.actions import NewPrice
from domain.currencies import CURRENT, MINOR_UNITS

Json = dict[str, Any]
CURRENCY = "iso-4217"
OF_A_TEXT = ("minLength", "maxLength", "pattern")


def complete(document: Json) -> None:
    """Correct in place what is said of documents."""
    components: dict[str, Json] = document["components"]["schemas"]
    for name, schema in components.items():
        _describe(name, schema)
        for field in schema.get("properties", {}).values():
            # Generators take a field with a default for one that is always there.
            field.pop("default", None)
    for schema in _of_bodies(document, components):
        if schema.get("format") == CURRENCY:
            _list_currencies(schema)
    # Prices need one of today: another is refused when the request is carried out.
    for model in (NewPrice, NewTopUp):
        components[model.__name__]["properties"]["currency"]["enum"] = sorted(CURRENT)


def _describe(name: str, schema: Json) -> None:
    if name.startswith(f"{Page.__name__}_"):
        schema.setdefault("description", Page.__doc__)


def _list_currencies(schema: Json) -> None:
    """List the currencies that are known: a payout is in what the wallet holds, whatever became of
    it."""
    for limit in OF_A_TEXT:
        schema.pop(limit, None)
    schema["enum"] = sorted(CURRENT | MINOR_UNITS)


def _of_bodies(document: Json, components: dict[str, Json]) -> Iterator[Json]:
    """Return every schema that callers send, with all that it is made of."""
    operations = [one for item in document["paths"].values() for one in item.values()]
    left: list[Any] = [one["requestBody"] for one in operations if "requestBody" in one]
    seen: set[str] = set()
    while left:
        for one in _objects(left.pop()):
            yield one
            name = one.get("$ref", "").rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                left.append(components[name])


def _objects(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            yield from _objects(value)
