"""Two releases of the whole document: its calls, and what receivers of webhooks are sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from scripts.api_promise.limits import Json
from scripts.api_promise.schemas import REFERENCE, Schemas, Way


def breaks(released: Json, current: Json) -> list[str]:
    """Return what of a released document the current one does not keep, a sentence each."""
    found = _Calls(released, current)
    parts = (found.of_calls(), found.of_webhooks(), found.of_refusals())
    return list(dict.fromkeys(chain.from_iterable(parts)))


def _operations(document: Json, part: str) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document.get(part, {}).items()
        for method, operation in item.items()
    }


@dataclass
class _Calls:
    released: Json
    current: Json
    schemas: Schemas = field(init=False)

    def __post_init__(self) -> None:
        self.schemas = Schemas(self.released, self.current)

    def of_calls(self) -> Iterator[str]:
        for name, old, new in self._both("paths"):
            if old["operationId"] != new["operationId"]:
                yield f"{name}: was called {old['operationId']} and is {new['operationId']}"
            if new.get("security") and not old.get("security"):
                yield f"{name}: wants a token now"
            yield from self._of_parameters(name, old, new)
            yield from self._of_body(name, Way.TAKEN, old, new)
            yield from self._of_answers(name, old["responses"], new["responses"])
        yield from (f"{name}: is gone" for name in self._gone("paths"))

    def of_webhooks(self) -> Iterator[str]:
        for name, old, new in self._both("webhooks"):
            yield from self._of_body(f"webhook {name}", Way.GIVEN, old, new)
            yield from self._of_headers(f"webhook {name}", _by_place(old), _by_place(new))
        yield from (f"webhook {name}: is gone" for name in self._gone("webhooks"))

    def of_refusals(self) -> Iterator[str]:
        problem = {"$ref": f"{REFERENCE}ProblemDocument"}
        return self.schemas.breaks("every refusal", Way.GIVEN, problem, problem)

    def _both(self, part: str) -> Iterator[tuple[str, Json, Json]]:
        old, new = _operations(self.released, part), _operations(self.current, part)
        return ((name, old[name], new[name]) for name in old if name in new)

    def _gone(self, part: str) -> Iterator[str]:
        new = _operations(self.current, part)
        return (name for name in _operations(self.released, part) if name not in new)

    def _of_parameters(self, name: str, old: Json, new: Json) -> Iterator[str]:
        was, now = _by_place(old), _by_place(new)
        for place, one in was.items():
            if place not in now:
                yield f"{name} {place}: is gone, and refused where it is sent"
            else:
                schemas = one["schema"], now[place]["schema"]
                yield from self.schemas.breaks(f"{name} {place}", Way.TAKEN, *schemas)
        for place, one in now.items():
            if one.get("required") and not was.get(place, {}).get("required"):
                yield f"{name} {place}: is required now"

    def _of_body(self, name: str, way: Way, old: Json, new: Json) -> Iterator[str]:
        was, now = old.get("requestBody", {}), new.get("requestBody", {})
        if way is Way.TAKEN and now.get("required") and not was.get("required"):
            yield f"{name}: a body is required now"
        yield from self._of_content(name, way, was, now)

    def _of_content(self, name: str, way: Way, old: Json, new: Json) -> Iterator[str]:
        was, now = old.get("content", {}), new.get("content", {})
        for kind, media in was.items():
            if kind not in now:
                yield f"{name}: {kind} is gone"
            else:
                schemas = media.get("schema", {}), now[kind].get("schema", {})
                yield from self.schemas.breaks(name, way, *schemas)

    def _of_answers(self, name: str, old: Json, new: Json) -> Iterator[str]:
        for status in sorted(one for one in {*old, *new} if one.startswith("2")):
            where = f"{name} {status}"
            if status in old and status in new:
                yield from self._of_content(where, Way.GIVEN, old[status], new[status])
                headers = old[status].get("headers", {}), new[status].get("headers", {})
                yield from self._of_headers(where, *headers)
            else:
                yield f"{where}: {'is gone' if status in old else 'was no answer of it'}"

    def _of_headers(self, name: str, old: Json, new: Json) -> Iterator[str]:
        for header, one in old.items():
            where = f"{name} {header}"
            if header not in new:
                yield f"{where}: is gone"
                continue
            if one.get("required") and not new[header].get("required"):
                yield f"{where}: was always there and may be missing"
            yield from self.schemas.breaks(where, Way.GIVEN, one["schema"], new[header]["schema"])


def _by_place(operation: Json) -> dict[str, Json]:
    return {f"{one['in']} {one['name']}": one for one in operation.get("parameters", ())}
