"""The plans by which a database answers what is asked of it, and how much their steps read."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.db.market import Owner
from tests.db.test_order_search import nodes, read

READING = ("select", "with", "(select", "(with")


@dataclass(frozen=True)
class Part:
    """A step of a plan: what it is, of which table, and how many rows it went through in all."""

    kind: str
    table: str | None
    rows: int

    @property
    def sorts(self) -> bool:
        """Whether it collects before it gives, to put in order or to count."""
        return self.kind in ("Sort", "Hash", "Materialize")


@dataclass
class Explained:
    """A connection that has every query explained as it runs, and keeps how."""

    connection: Owner
    parts: list[Part] = field(default_factory=list)

    async def fetch(self, query: str, *given: Any, **_: Any) -> Any:
        await self._explain(query, given)
        return await self.connection.fetch(query, *given)

    async def fetchrow(self, query: str, *given: Any, **_: Any) -> Any:
        await self._explain(query, given)
        return await self.connection.fetchrow(query, *given)

    async def fetchval(self, query: str, *given: Any, **_: Any) -> Any:
        await self._explain(query, given)
        return await self.connection.fetchval(query, *given)

    async def execute(self, query: str, *given: Any, **_: Any) -> Any:
        await self._explain(query, given)
        return await self.connection.execute(query, *given)

    def transaction(self, **options: Any) -> Any:
        return self.connection.transaction(**options)

    async def _explain(self, query: str, given: tuple[Any, ...]) -> None:
        if not query.lstrip().lower().startswith(READING):
            return
        found = await self.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *given)
        plan = json.loads(found)[0]["Plan"]
        self.parts += [
            Part(node["Node Type"], node.get("Relation Name"), read(node)) for node in nodes(plan)
        ]


@asynccontextmanager
async def undone(connection: Owner) -> AsyncIterator[None]:
    """A transaction of which nothing stays."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()
