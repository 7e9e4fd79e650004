"""Wakes those who wait for an order's events: one listening connection for the whole process."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import asyncpg
import structlog

from db import decided
from db.decided import Decided, decided_of
from db.pool import AWAY, CONNECT_SECONDS, SESSION

CHANNEL = "sequestre_events"
"""Where it is told that an order's journal has grown; `decided.CHANNEL` says more of a request."""

ALL = "all orders"
PAUSE_SECONDS = 0.5
ALIVE_SECONDS = 5.0
LAST_SECONDS = 3.0
"""How long callers still wait for a decision in a process that was told to end."""

log = structlog.get_logger()


class Awaited(asyncio.Event):
    """An event, and what has been told of it."""

    told: Decided | None = None


class Listener:
    """Notifications may be missed while the connection is away: waiters look for themselves too."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiting: dict[str, set[Awaited]] = {}
        self.is_closed = False
        self.is_connected = False
        """Whether notifications come in; nobody waits in vain without, only longer."""
        self.waits_until = math.inf
        """The instant of the loop's clock at which nobody waits for a decision any more."""

    def close(self) -> None:
        """Wake everybody for the last time: this process ends, streams at once, and soon whoever
        waits for a decision."""
        self.is_closed = True
        self.waits_until = asyncio.get_running_loop().time() + LAST_SECONDS
        for events in self._waiting.values():
            for event in events:
                event.set()

    def waiting_for(self, order_id: object, request_id: str) -> AbstractContextManager[Awaited]:
        """Give the block an event that is set when the request has been decided, and may know then
        how."""
        return self._waiter(f"{order_id} {request_id}")

    def watching(self, order_id: object) -> AbstractContextManager[asyncio.Event]:
        """Give the block an event that is set whenever the order's journal has grown."""
        return self._waiter(str(order_id))

    def watching_all(self) -> AbstractContextManager[asyncio.Event]:
        """Give the block an event that is set whenever any order's journal has grown."""
        return self._waiter(ALL)

    @contextmanager
    def _waiter(self, key: str) -> Iterator[Awaited]:
        event = Awaited()
        self._waiting.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever the database comes back."""
        while True:
            try:
                await self._listen()
            except (*AWAY, asyncpg.PostgresError) as error:
                log.info("listening waits", because=type(error).__name__)
            except Exception:
                # Whoever waits would do so until the end of this process.
                log.exception("listening failed")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            server_settings={**SESSION, "application_name": "sequestre listener"},
        )
        try:
            await connection.add_listener(decided.CHANNEL, self._tell)
            await connection.add_listener(CHANNEL, self._wake)
            self.is_connected = True
            # Who only listens never learns that the other end is gone: ask from time to time.
            while not connection.is_closed():
                await connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
                await asyncio.sleep(ALIVE_SECONDS)
        finally:
            self.is_connected = False
            # Not `close`, which would take leave of a server that may no longer be there.
            connection.terminate()

    def _tell(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        told = decided_of(str(payload))
        if told is not None:
            for event in self._waiting.get(f"{told.order_id} {told.request_id}", ()):
                event.told = told

    def _wake(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        request = str(payload)
        order = request.partition(" ")[0]
        for key in (request, order, ALL):
            for event in self._waiting.get(key, ()):
                event.set()
