"""No request asks for a thread: what a route depends on, and the route itself, runs in the loop."""

from collections.abc import Iterator
from inspect import isasyncgenfunction, iscoroutinefunction, unwrap
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from tests.serving import usual_app


def called(dependant: Dependant) -> Iterator[Any]:
    """Everything that is called for a route."""
    yield dependant.call
    for one in dependant.dependencies:
        yield from called(one)


def takes_a_thread(call: Any) -> bool:
    """Whether the framework would run this in a thread."""
    ways = [unwrap(call), vars(type(call)).get("__call__")]
    return not any(iscoroutinefunction(way) or isasyncgenfunction(way) for way in ways)


def test_nothing_of_a_request_runs_in_a_thread() -> None:
    routes = list(iter_route_contexts(usual_app().routes))
    dependants = [one.dependant for one in routes if getattr(one, "dependant", None)]
    calls = {call for dependant in dependants for call in called(dependant)}
    assert len(calls) > 200
    assert [] == [call.__qualname__ for call in calls if takes_a_thread(call)]
