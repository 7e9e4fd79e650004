"""Proving the books: the checks of `audit_queries` asked, about everything or about a part."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record
from pydantic import ValidationError

from db import audit_queries
from db.audit_queries import UNREADABLE, checks, of_part
from db.orders import THERE
from db.pool import Connection, at_length
from domain.order import Order
from domain.vocabulary import FINAL_STATES

A_PROOF, A_LOOK = 300, 60
"""Seconds that a question about everything may take, and one about some orders."""

AT_ONCE = 200
"""Documents that are read in one go, between which others have their turn."""


LONGEST = 180
"""Characters of a problem: what it quotes of a document may be of any length."""


@dataclass(frozen=True)
class Finding:
    """Something that does not hold, and where; `check` is the name of what looked for it."""

    check: str
    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem} ({self.check})"


@dataclass(frozen=True)
class Proof:
    """A count of orders, and what does not hold: about the books and rows themselves, and between
    the orders and their workflows; or that these could not be compared, and which checks took too
    long to prove anything."""

    orders: int
    books: Sequence[Finding]
    differing: Sequence[Finding]
    uncompared: Finding | None = None
    unproved: Sequence[Finding] = ()

    @property
    def blind(self) -> list[Finding]:
        """Return what could not be looked at."""
        return [*self.unproved, *([self.uncompared] if self.uncompared else [])]

    @property
    def by_subject(self) -> list[tuple[str, Finding]]:
        """Return all of it, each with what it is about: `books`, `workflows`, or what was not
        `proved`."""
        kinds = {"books": self.books, "proved": self.blind, "workflows": self.differing}
        return [(about, one) for about, found in kinds.items() for one in found]

    @property
    def findings(self) -> list[Finding]:
        """Return all of it."""
        return [one for _, one in self.by_subject]


@dataclass(frozen=True)
class Part:
    """What a check is about, where it is not about everything: some orders, or some accounts with
    what came into them and left them."""

    orders: Sequence[UUID] = ()
    accounts: Sequence[int] = ()


@dataclass(frozen=True)
class OrderSnapshot:
    """An order as the database has it, since when (UTC) its oldest undecided request waits, the
    steps that people are still being told of, and those that nobody has begun to tell of for too
    long."""

    order: Order
    undecided_since: datetime | None
    telling: Sequence[int] = ()
    unbegun: Sequence[int] = ()


async def findings(connection: Connection) -> list[Finding]:
    """Return everything in the database that does not hold, or that nobody can be shown."""
    found = []
    for check in names():
        async with at_length(connection, A_PROOF):
            found += await findings_of(connection, check, None)
    return found


def names() -> list[str]:
    """Return the name of every check, in the order in which they are told."""
    return [*checks(), UNREADABLE]


async def findings_of(
    connection: Connection, check: str, part: Part | None, seconds: float = 300
) -> list[Finding]:
    """Return what one check finds, in everything or in a part.

    Raises:
        TimeoutError: it would take longer than these seconds.
    """
    if check == UNREADABLE:
        return await _unreadable_steps(connection, part, seconds)
    query = checks()[check]
    args = (part.orders, part.accounts) if part else ()
    rows = await connection.fetch(of_part(check, query) if part else query, *args, timeout=seconds)
    return [Finding(check, subject, _bounded(problem)) for subject, problem in rows]


def _bounded(problem: str) -> str:
    return problem if len(problem) <= LONGEST else f"{problem[: LONGEST - 1]}…"


async def _asked(
    connection: Connection, seconds: int, query: str, *arguments: object
) -> list[Record]:
    """Return the rows of a query that may take so long."""
    async with at_length(connection, seconds):
        return await connection.fetch(query, *arguments, timeout=seconds)


async def _unreadable_steps(
    connection: Connection, part: Part | None, seconds: float
) -> list[Finding]:
    """Return the steps of which nobody can be told how the order was after them."""
    found = []
    args = (part.orders, part.accounts) if part else ()
    query = of_part(UNREADABLE, audit_queries.STEPS) if part else audit_queries.STEPS
    async with asyncio.timeout(seconds), connection.transaction(readonly=True):
        async for order_id, seq, doc in connection.cursor(query, *args, prefetch=AT_ONCE):
            try:
                Order.model_validate(doc)
            except ValidationError:
                problem = f"the document of entry {seq} of its journal cannot be read"
                found.append(Finding(UNREADABLE, f"order {order_id}", problem))
    return found


async def order_ids(connection: Connection) -> list[UUID]:
    """Return the id of every order."""
    return [row["id"] for row in await _asked(connection, A_PROOF, "SELECT id FROM orders")]


async def any_runs(connection: Connection, ids: Sequence[UUID]) -> bool:
    """Return whether one of these orders has not ended."""
    query = (
        "SELECT id FROM orders WHERE id = ANY ($1::uuid[]) AND state <> ALL ($2::text[]) LIMIT 1"
    )
    return bool(await _asked(connection, A_PROOF, query, ids, FINAL_STATES))


async def there_of(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these orders that there are, of however many."""
    rows = await _asked(connection, A_PROOF, THERE, ids)
    return {row["id"] for row in rows}


async def order_snapshots(
    connection: Connection, ids: Sequence[UUID], longest: timedelta
) -> dict[UUID, OrderSnapshot]:
    """Return where these orders stand now, without those whose document cannot be read. A message
    may wait for `longest` until somebody begins with it."""
    rows = await _asked(
        connection,
        A_LOOK,
        "SELECT o.id, o.doc, (SELECT min(r.received_at) FROM requests r"
        "  WHERE r.order_id = o.id AND r.outcome IS NULL) AS undecided_since,"
        f" {_unsent('d.started_at IS NOT NULL')} AS telling,"
        f" {_unsent('d.started_at IS NULL AND d.created_at < moved(now()) - $2::interval')}"
        " AS unbegun"
        " FROM orders o WHERE o.id = ANY ($1::uuid[])",
        ids,
        longest,
    )
    found = {}
    for row in rows:
        with suppress(ValidationError):
            order = Order.model_validate(row["doc"])
            found[row["id"]] = OrderSnapshot(
                order, row["undecided_since"], row["telling"], row["unbegun"]
            )
    return found


def _unsent(which: str) -> str:
    """Return the SQL for the steps of an order `o` with pending deliveries of which this holds."""
    return (
        "ARRAY(SELECT DISTINCT d.seq FROM deliveries d WHERE d.order_id = o.id"
        f" AND d.status = 'pending' AND {which} ORDER BY d.seq)"
    )
