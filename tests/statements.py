"""Which statements the product sends to PostgreSQL for whom: an oracle of round trips."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from asyncpg.connection import LoggedQuery
from structlog.contextvars import get_contextvars
from temporalio import activity

import db.pool
from db.pool import Connection

REQUEST = "request_id"
"""What the API binds to everything that it does for a request."""


@dataclass(frozen=True)
class Statement:
    """A statement, and for whom it was sent: a request's id, an activity's type, or nobody, where
    the product looked round by itself."""

    sent_for: str
    sql: str

    def __str__(self) -> str:
        return f"{self.sent_for[:12]:12} {' '.join(self.sql.split())[:80]}"


@dataclass
class Statements:
    """The statements that were sent, in their order."""

    sent: list[Statement] = field(default_factory=list)

    def for_somebody(self) -> list[Statement]:
        """Those that a request or an activity asked for: what comes with time is left out."""
        return [one for one in self.sent if one.sent_for]

    async def steps(self) -> int:
        """How many steps of orders are known to be written."""
        return sum("record_step" in one.sql for one in self.sent)

    def note(self, query: LoggedQuery) -> None:
        """Takes down a statement. It is called in the context of whoever sent it."""
        self.sent.append(Statement(_sent_for(), query.query))


def transactions(sent: list[Statement]) -> int:
    """How many transactions these were: one for each BEGIN, and one for each statement outside."""
    count, begun = 0, set[str]()
    for one in sent:
        if one.sql.startswith("BEGIN"):
            begun.add(one.sent_for)
            count += 1
        elif one.sql.startswith(("COMMIT", "ROLLBACK;")):
            begun.discard(one.sent_for)
        else:
            count += one.sent_for not in begun
    return count


def _sent_for() -> str:
    if activity.in_activity():
        return activity.info().activity_type
    return str(get_contextvars().get(REQUEST, ""))


@contextmanager
def counted() -> Iterator[Statements]:
    """Gives the statements of all connections that are opened within the block."""
    statements, speak = Statements(), db.pool._speak

    async def observed(connection: Connection) -> None:
        await speak(connection)
        connection.add_query_logger(statements.note)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.pool, "_speak", observed)
        yield statements
