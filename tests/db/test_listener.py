"""Who listens goes on, whatever ends the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from db import listener
from db.listener import Listener
from tests.callers import eventually
from tests.db.market import Owner

ENDS = {
    "closed by the other end": ConnectionResetError(),
    "refused": asyncpg.TooManyConnectionsError(),
    "ended while it was asked": asyncpg.InternalClientError("cannot switch to state 11"),
    "anything else": ZeroDivisionError(),
}


@asynccontextmanager
async def running(listening: Listener) -> AsyncIterator[None]:
    task = asyncio.create_task(listening.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def connected(listening: Listener) -> bool:
    async def look() -> bool:
        return listening.is_connected

    return await eventually(look, bool)


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
async def test_whatever_ends_it_it_listens_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch, end: Exception
) -> None:
    monkeypatch.setattr(listener, "PAUSE_SECONDS", 0.0)
    listening, ends = Listener(database_url), [end]
    real = listening._listen

    async def listen() -> None:
        if ends:
            raise ends.pop()
        await real()

    monkeypatch.setattr(listening, "_listen", listen)
    async with running(listening):
        assert await connected(listening)


async def test_a_connection_that_is_ended_is_followed_by_another(
    database_url: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(listener, "ALIVE_SECONDS", 0.01)
    listening = Listener(database_url)
    own = (
        "FROM pg_stat_activity WHERE application_name = 'sequestre listener'"
        " AND datname = current_database()"
    )
    async with running(listening):
        await connected(listening)
        first = await owner.fetchval(f"SELECT pid {own}")
        await owner.execute("SELECT pg_terminate_backend($1)", first)

        async def another() -> object:
            return await owner.fetchval(f"SELECT pid {own} AND pid <> $1", first)

        assert await eventually(another, bool)
