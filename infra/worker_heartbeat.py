"""A worker says that it lives, from the event loop and by the connections that its steps use."""

import asyncio
import os
import secrets
import socket
from collections.abc import Collection
from contextlib import suppress

import asyncpg
import structlog

from db import worker_heartbeats
from db.errors import Unavailable
from db.pool import Pool, connection

EVERY_SECONDS = 2.0
MARK = "#"
"""In the name by which Temporal knows a worker that writes heartbeats."""

log = structlog.get_logger()

_UNWRITTEN = (Unavailable, asyncpg.PostgresError)


def own_identity() -> str:
    """Return a name for a worker of this process, which none has had before."""
    return f"{os.getpid()}@{socket.gethostname()}{MARK}{secrets.token_hex(4)}"


def works(poller: str, alive: Collection[str] | None) -> bool:
    """Return whether a worker that Temporal has seen works, by those whose heartbeat is fresh.

    Where there is no such word, Temporal's own counts: of a worker of a release before, which
    writes none, and of any while the database is away (None).
    """
    return alive is None or poller in alive or not writes_heartbeats(poller)


def writes_heartbeats(identity: str) -> bool:
    """Return whether a worker that Temporal knows by this name does; workers of releases before do
    not."""
    return MARK in identity


class Heartbeat:
    """Writes every few seconds that a worker lives, from `start` to `stop`."""

    def __init__(self, pool: Pool, worker: str) -> None:
        self._pool = pool
        self._worker = worker
        self._task: asyncio.Task[None] | None = None
        self._is_written = True

    def start(self) -> None:
        """Begin at once."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End, and take leave: nobody needs to wait until the last heartbeat is old."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        self._task = None
        with suppress(*_UNWRITTEN):
            async with connection(self._pool) as acquired:
                await worker_heartbeats.leave(acquired, self._worker)

    async def _keep(self) -> None:
        while True:
            try:
                async with connection(self._pool) as acquired:
                    await worker_heartbeats.beat(acquired, self._worker)
                self._note(None)
            except Exception as error:  # whatever it was: a live worker must not look dead
                self._note(error)
            await asyncio.sleep(EVERY_SECONDS)

    def _note(self, error: Exception | None) -> None:
        """Log a change, not every try."""
        if self._is_written and error is not None:
            log.warning("heartbeat not written", error=type(error).__name__)
        elif error is None and not self._is_written:
            log.info("heartbeat written again")
        self._is_written = error is None
