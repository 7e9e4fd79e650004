"""Two releases of one schema: whether what was taken is still taken, and what is given was
promised."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from scripts.api_promise.limits import Excess, Json, excesses

REFERENCE = "#/components/schemas/"
ANNOTATIONS = {
    *("title", "description", "example", "examples", "default", "deprecated", "discriminator"),
}
UNDERSTOOD = {
    *("$ref", "anyOf", "oneOf", "type", "enum", "const", "properties", "required", "items"),
    *("additionalProperties", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "minItems", "maxItems", "minProperties", "maxProperties", "pattern"),
    *("format", "multipleOf", "uniqueItems", "contentMediaType", "prefixItems"),
}
GROWING = {
    *("Action", "Authority", "Code", "PostingKind", "Role", "Window"),
    "DeadlineView.on_expiry",
    *("Subject", "DeedOutcome"),
    *("FeedEvent.type", "WebhookPayload.type", "DeliveryView.event"),
    *(
        "EndpointView.events",
        "EndpointWithSecret.events",
        "MovedTransfer.kind",
        "TransferView.kind",
    ),
}
"""The lists of values that may become longer in answers: see docs/compatibility.md."""

OF_NEW_KINDS = {"FeedEvent.data"}
"""The fields of answers that have a schema of their own for each kind: what is new has a new one,
beside all that were there."""


class Way(StrEnum):
    """Which way something goes."""

    TAKEN = "taken"
    """From callers: a release goes on taking what the one before took."""
    GIVEN = "given"
    """To callers: a release gives nothing that the one before would not have given."""


@dataclass
class Schemas:
    """The schemas of two documents that are compared, what is released first; nothing with
    a name is looked at twice that goes the same way."""

    released: Json
    current: Json
    _seen: set[tuple[Way, str, str]] = field(default_factory=set)

    def breaks(
        self, where: str, way: Way, old: Json, new: Json, *, field: str = ""
    ) -> Iterator[str]:
        """Yield what of a schema is not as it was released, a sentence each that begins with
        `where`. A schema without a name is called by the `field` that it describes."""
        mine, its = self._choices(self.released, old), self._choices(self.current, new)
        if way is Way.GIVEN and field in OF_NEW_KINDS:
            its = _without_new(mine, its)
        pairs = [(one, its) for one in mine] if way is Way.TAKEN else [(one, mine) for one in its]
        for one, others in pairs:
            nearest = min(others, key=partial(_distance, one))
            ordered = (one, nearest) if way is Way.TAKEN else (nearest, one)
            yield from self._of_one(where, way, *ordered, field=field)

    def _choices(self, document: Json, schema: Json) -> list[Json]:
        """Return the alternatives of a schema, each with its name where it has one."""
        name = _name(schema)
        found = document["components"]["schemas"][name] if name else schema
        parts = found.get("anyOf") or found.get("oneOf")
        if parts is None:
            return [{**found, "$ref": schema["$ref"]} if name else found]
        return [one for part in parts for one in self._choices(document, part)]

    def _of_one(self, where: str, way: Way, old: Json, new: Json, *, field: str) -> Iterator[str]:
        names = _name(old), _name(new)
        if (way, *names) in self._seen:
            return
        if all(names):
            self._seen.add((way, *names))
        if all(names) and names[0] != names[1]:
            yield f"{where}: the schema was called {names[0]} and is {names[1]}"
        yield from self._of_values(where, way, old, new, grows=(names[1] or field) in GROWING)
        yield from self._of_properties(where, way, old, new)
        for part in ("items", "additionalProperties"):
            parts = old.get(part), new.get(part)
            yield from self._of_part(f"{where}.{part}", way, *parts, field=field)

    def _of_values(
        self, where: str, way: Way, old: Json, new: Json, *, grows: bool
    ) -> Iterator[str]:
        for excess in excesses(*((old, new) if way is Way.TAKEN else (new, old))):
            if not (grows and way is Way.GIVEN and excess.inner == "known"):
                yield f"{where}: {_was_and_is(excess, way)}"
        for name in sorted((set(old) | set(new)) - UNDERSTOOD - ANNOTATIONS):
            if old.get(name) != new.get(name):
                yield f"{where}: {name} was {old.get(name)} and is {new.get(name)}"

    def _of_properties(self, where: str, way: Way, old: Json, new: Json) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        for name in was:
            if name not in now:
                yield f"{where}.{name}: is gone"
            else:
                field = f"{_name(new)}.{name}"
                yield from self.breaks(f"{where}.{name}", way, was[name], now[name], field=field)
        needed, given = set(old.get("required", ())), set(new.get("required", ()))
        if way is Way.TAKEN:
            yield from (f"{where}.{name}: is required now" for name in sorted(given - needed))
        else:
            lost = sorted((needed - given) & set(now))
            yield from (f"{where}.{name}: was always there and may be missing" for name in lost)

    def _of_part(
        self, where: str, way: Way, old: object, new: object, *, field: str
    ) -> Iterator[str]:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.breaks(where, way, old, new, field=field)
        elif way is Way.TAKEN and new is False and old is not False:
            yield f"{where}: was taken and is refused"
        elif isinstance(old, dict) != isinstance(new, dict) and isinstance(old, dict):
            yield f"{where}: was described and is not"


def _without_new(mine: list[Json], its: list[Json]) -> list[Json]:
    """Return the alternatives that were there, if they all are still; else those that are now."""
    names = {_name(one) for one in mine}
    kept = [one for one in its if _name(one) in names]
    return kept if {_name(one) for one in kept} == names else its


def _name(schema: Json) -> str:
    return str(schema.get("$ref", "")).removeprefix(REFERENCE)


def _distance(one: Json, other: Json) -> tuple[bool, bool, int]:
    """Return how unlike two alternatives are: by name, by type, by what one takes more."""
    is_another = _name(one) != _name(other)
    return is_another, one.get("type") != other.get("type"), len([*excesses(one, other)])


def _was_and_is(excess: Excess, way: Way) -> str:
    was, now = (excess.inner, excess.outer) if way is Way.TAKEN else (excess.outer, excess.inner)
    return f"{excess.what} was {was} and is {now}"
