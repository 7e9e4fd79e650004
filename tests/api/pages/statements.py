"""What one request asks of the database, one statement a round trip."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
from structlog.contextvars import get_contextvars

from tests.api.pages.browser import Visit

_numbers = itertools.count(1)


async def statements_of(visit: Visit, path: str) -> list[str]:
    """The statements that a page makes which somebody opens, the session's among them."""
    name = f"counted-{next(_numbers)}"
    with _noted(name) as asked:
        answer = await visit.get(path, X_Request_Id=name)
    assert answer.status_code in (200, 303), (path, answer.text)
    return asked


@contextmanager
def _noted(request_id: str) -> Iterator[list[str]]:
    """The statements of one request: relay and worker ask theirs in this process meanwhile."""
    asked: list[str] = []
    kept: dict[str, Any] = {
        name: getattr(asyncpg.Connection, name) for name in ("execute", "_execute", "_executemany")
    }

    def note(query: str) -> None:
        if get_contextvars().get("request_id") == request_id:
            asked.append(query)

    async def execute(connection: Any, query: str, *given: Any, **options: Any) -> Any:
        if not given:  # else it goes on to the other
            note(query)
        return await kept["execute"](connection, query, *given, **options)

    async def fetched(connection: Any, query: str, *given: Any, **options: Any) -> Any:
        note(query)
        return await kept["_execute"](connection, query, *given, **options)

    async def many(connection: Any, query: str, *given: Any, **options: Any) -> Any:
        note(query)
        return await kept["_executemany"](connection, query, *given, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name, noting in (("execute", execute), ("_execute", fetched), ("_executemany", many)):
            patch.setattr(asyncpg.Connection, name, noting)
        yield asked
