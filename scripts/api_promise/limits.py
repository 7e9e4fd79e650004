"""What one schema takes and another does not, as far as kinds, values and limits say it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]

AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
SHAPE = ("pattern", "format", "multipleOf", "uniqueItems", "contentMediaType", "prefixItems")
WITHIN = {("integer", "number")}
"""Each value of the first kind is one of the second."""


class Excess(NamedTuple):
    """Something in which `inner` takes more than `outer`, with what each says of it."""

    what: str
    inner: object
    outer: object


def excesses(inner: Json, outer: Json) -> Iterator[Excess]:
    """Yield in what `inner` takes more than `outer`. Neither has alternatives; properties and items
    are not looked at."""
    kinds = inner.get("type"), outer.get("type")
    if kinds[1] is not None and kinds[0] != kinds[1] and kinds not in WITHIN:
        yield Excess("the type", kinds[0] or "any", kinds[1])
        return
    yield from _of_values(inner, outer)
    yield from _of_limits(inner, outer)
    for name in SHAPE:
        if name in outer and outer[name] != inner.get(name):
            yield Excess(name, inner.get(name, "none"), outer[name])


def values(schema: Json) -> set[Any] | None:
    """Return the values that a schema lists, or None where it lists none."""
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _of_values(inner: Json, outer: Json) -> Iterator[Excess]:
    own, allowed = values(inner), values(outer)
    if allowed is None:
        return
    if own is None:
        yield Excess("the choice of values", "free", ", ".join(sorted(map(str, allowed))))
        return
    for value in sorted(map(str, own - allowed)):
        yield Excess(f"the value {value}", "known", "unknown")


def _of_limits(inner: Json, outer: Json) -> Iterator[Excess]:
    for names, sign in ((AT_LEAST, 1), (AT_MOST, -1)):
        for name in names:
            bound, own = outer.get(name), inner.get(name)
            if bound is not None and (own is None or sign * own < sign * bound):
                yield Excess(name, "none" if own is None else own, bound)
