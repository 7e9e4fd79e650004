"""Connections: restricted role, JSON as JSON, bounded waits."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from pydantic_core import to_json

from db.errors import ExternalIdTaken, InsufficientFunds, NewerRefusal, Unavailable
from db.odd_values import read_json, speak_instants

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

APP_ROLE = "sequestre_app"
CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 4.0
KEPT_STATEMENT_BYTES = 64 * 1024
"""Up to this length a connection keeps a statement prepared; a longer one costs a round trip more
each time."""
SESSION = {
    "role": APP_ROLE,
    # What the server does by itself: a process that froze asks for nothing, and cancels nothing. A
    # little more than a statement has on this side, and less of it for locks.
    "lock_timeout": "3500ms",
    "statement_timeout": "5s",
    # Whoever holds rows and does nothing lets go of them, whether frozen, wedged or cut off.
    "idle_in_transaction_session_timeout": "10s",
    # Of whoever is gone without a word (a machine that lost its power) it learns in half a minute.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
}
"""How a process works with the database: as whom, and what the server bounds on its own side. What
legitimately takes longer says so by `at_length`."""

REFUSALS = ("RQ", "PL")
"""How the code of an error begins by which a function of the database refuses what was asked. Those
that a release knows, it makes errors of its own of, where they may come."""

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says when its server was killed in mid-answer
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,  # a statement that took too long among them
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # A deadlock or a conflict of transactions: this one was undone, and can be asked again.
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidCatalogNameError,
)
"""What asyncpg makes of a database that is away or too slow."""


async def create_pool(database_url: str, size: int) -> Pool:
    """Return a pool of up to `size` connections, opened as needed: the database may be away."""
    return await asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        max_cacheable_statement_size=KEPT_STATEMENT_BYTES,
        init=_speak,
        reset=_leave_as_it_is,
        server_settings={**SESSION, "application_name": "sequestre"},
    )


async def _leave_as_it_is(_connection: Connection) -> None:
    """Leave the session as it is: nothing here changes one, and to undo nothing would cost a round
    trip for each use. An open transaction is rolled back by asyncpg itself."""


async def _speak(connection: Connection) -> None:
    await speak_json(connection)
    await speak_instants(connection)


async def speak_json(connection: Connection) -> None:
    """Make jsonb columns Python values."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode, decoder=read_json
    )


def _encode(value: object) -> str:
    return to_json(value).decode()


class Borrowers:
    """The pieces of work of this process that wait for a connection: their number is its length."""

    def __init__(self) -> None:
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one until the block ends."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


BORROWERS = Borrowers()


@asynccontextmanager
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection for one piece of work.

    Raises:
        Unavailable: the database is away or too slow.
        NewerRefusal: it refuses something as only a newer release knows.
    """
    try:
        with BORROWERS.one_more():
            acquired = await pool.acquire(timeout=CONNECT_SECONDS)
        try:
            yield acquired
        finally:
            await pool.release(acquired)
    except AWAY as error:
        raise Unavailable(f"the database does not answer: {type(error).__name__}") from error
    except asyncpg.PostgresError as error:
        _redact(error)
        if (error.sqlstate or "").startswith(REFUSALS):
            raise NewerRefusal(str(error.args[0])) from error
        raise


def _redact(error: asyncpg.PostgresError) -> None:
    """Take the values out of what PostgreSQL says: its errors end up in logs and, from activities,
    in Temporal's histories. The detail has the row, and a data exception (class 22) the value."""
    error.detail = None
    if (error.sqlstate or "").startswith("22"):
        error.args = (type(error).__name__,)


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection with a transaction that is committed at the end.

    Raises:
        Unavailable: the database is away or too slow; whether a commit that was under way took
            effect is then unknown.
    """
    async with connection(pool) as acquired, acquired.transaction():
        yield acquired


@asynccontextmanager
async def at_length(connection: Connection, seconds: int) -> AsyncIterator[None]:
    """Let each statement of the block take so long: for proofs, which read much and lock nothing.
    The block is a transaction, and as short as its statements are."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL statement_timeout = '{seconds}s'")
        yield


FLOORS = ("no_overdraft", "commission_is_earned")
"""The constraints that say that there is not as much money as is to be taken."""


@contextmanager
def no_overdraft() -> Iterator[None]:
    """Run statements that take money out of wallets, or out of the commission.

    Raises:
        InsufficientFunds: a wallet would have gone below zero, or more be taken than was earned.
    """
    try:
        yield
    except asyncpg.CheckViolationError as error:
        # Any other broken constraint is a fault of ours, and no lack of money.
        if error.constraint_name in FLOORS:
            raise InsufficientFunds from error
        raise


@contextmanager
def one_per_external_id() -> Iterator[None]:
    """Run statements that write an external id.

    Raises:
        ExternalIdTaken: another thing of the same kind has it.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        # Any other is a fault of ours.
        if (error.constraint_name or "").endswith("_per_external_id"):
            raise ExternalIdTaken from error
        raise
