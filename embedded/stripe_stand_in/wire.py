"""Stripe's way of writing: forms with brackets in, JSON out, and its errors."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Json = dict[str, Any]
Asked = TypeVar("Asked", bound=BaseModel)


class Refused(Exception):
    """What Stripe answers with an error. Of one that a call came to only while it was carried out,
    the answer is kept under its idempotency key."""

    def __init__(
        self,
        message: str,
        code: str | None = None,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        is_kept: bool = False,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.is_kept = status, is_kept
        said = {"type": kind, "message": message, "code": code, "param": param}
        self.body = {"error": {name: value for name, value in said.items() if value is not None}}


class Params(BaseModel):
    """What may be asked: everything else is an unknown parameter."""

    model_config = ConfigDict(extra="forbid")

    expand: list[str] = Field(default_factory=list)


class ListParams(Params):
    """What every list may be asked."""

    limit: int = Field(default=10, ge=1, le=100)
    starting_after: str | None = None
    ending_before: str | None = None
    created: dict[str, int] = Field(default_factory=dict)


async def asked(request: Request, params: type[Asked]) -> Asked:
    """What a call asks, by its form or its query.

    Raises:
        Refused: that is not what may be asked.
    """
    body = (await request.body()).decode() if request.method == "POST" else request.url.query
    try:
        return params.model_validate(nested(parse_qsl(body, keep_blank_values=True)))
    except ValidationError as error:
        raise _not_so(error) from None


def _not_so(error: ValidationError) -> Refused:
    first = error.errors(include_url=False)[0]
    name = "".join(f"[{part}]" if at else str(part) for at, part in enumerate(first["loc"]))
    if first["type"] == "missing":
        return Refused(f"Missing required param: {name}.", "parameter_missing", param=name)
    if first["type"] == "extra_forbidden":
        return Refused(f"Received unknown parameter: {name}", "parameter_unknown", param=name)
    return Refused(f"Invalid {name}: {first['msg']}", "parameter_invalid", param=name)


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """What `a[b][0][c]=d` stands for."""
    root: Json = {}
    for name, value in pairs:
        *way, last = [part.rstrip("]") for part in name.split("[")]
        place = root
        for part in way:
            place = place.setdefault(part, {})
        place[last or str(len(place))] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(inner) for name, inner in value.items()}


def page(rows: Iterable[Json], params: ListParams, url: str) -> Json:
    """The part of a list that is asked for; newest first."""
    asked_for = list(_after(reversed(list(rows)), params))
    shown = asked_for[: params.limit]
    more = len(asked_for) > params.limit
    return {"object": "list", "url": url, "has_more": more, "data": shown}


def _after(rows: Iterable[Json], params: ListParams) -> Iterator[Json]:
    is_there = params.starting_after is None
    bounds = {"gte": "__ge__", "gt": "__gt__", "lt": "__lt__", "lte": "__le__"}
    for row in rows:
        fits = all(getattr(row["created"], bounds[at])(to) for at, to in params.created.items())
        if is_there and fits:
            yield row
        is_there = is_there or row["id"] == params.starting_after
