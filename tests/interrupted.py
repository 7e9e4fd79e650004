"""What happens while somebody looks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from asyncpg import Record

from db.pool import Connection


@dataclass
class _Interrupted:
    connection: Connection
    happens: Callable[[], Awaitable[None]]
    has_happened: bool = False

    async def fetch(self, sql: str, *arguments: Any) -> list[Record]:
        """The rows of a statement."""
        found = await self.connection.fetch(sql, *arguments)
        if not self.has_happened:
            self.has_happened = True
            await self.happens()
        return found


def interrupted(connection: Connection, happens: Callable[[], Awaitable[None]]) -> Connection:
    """A connection on which something happens behind its first answer: whoever reads what belongs
    together in two statements reads half of it before and half after."""
    return cast("Connection", _Interrupted(connection, happens))
