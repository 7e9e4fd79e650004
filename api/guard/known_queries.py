"""Queries that say nothing which nobody hears: a filter that is misspelt would answer with
everything."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import QueryParams

MOST_NAMED = 20
LONGEST_NAME = 100
_MANY = (list, tuple, set, frozenset)


def known_in(dependant: Dependant) -> dict[str, bool]:
    """Return the names that a route reads from a query, and whether each may come repeatedly."""
    return {field.alias: _takes_many(field.field_info.annotation) for field in _fields(dependant)}


def demand_known(query: QueryParams, known: Mapping[str, bool]) -> None:
    """Refuse what the route does not read, and two values of which it would read one.

    Raises:
        RequestValidationError: it names what is wrong, up to `MOST_NAMED` of it.
    """
    there_are = ", ".join(known) or "none"
    wrong = [
        _error(name, f"is not known here; there are: {there_are}")
        for name in query
        if name not in known
    ]
    wrong += [
        _error(name, "is there more than once, and says different things")
        for name, many in known.items()
        if not many and len(set(query.getlist(name))) > 1
    ]
    if wrong:
        raise RequestValidationError(wrong[:MOST_NAMED])


def _fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for one in dependant.dependencies:
        yield from _fields(one)


def _takes_many(annotation: Any) -> bool:
    return any(get_origin(one) in _MANY for one in (annotation, *get_args(annotation)))


def _error(name: str, wrong: str) -> dict[str, Any]:
    return {"type": "query", "loc": ("query", name[:LONGEST_NAME]), "msg": wrong}
