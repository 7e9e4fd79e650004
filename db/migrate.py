"""Brings a database to the newest schema: plain SQL files, forward only, each in a transaction;
then the functions, each as its file has it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from db import restorations
from db.place_functions import place_functions
from db.pool import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_SECONDS, PAUSE_SECONDS, ATTEMPTS = 2, 3.0, 200
"""How long a migration waits for a table in use, how long it then leaves it alone, and how often it
comes again: for a quarter of an hour, longer than a proof takes."""

_LOCK = 0x5E9E57E  # one migration at a time, whoever starts it


class ChangedMigration(Exception):
    """A migration that has been applied already was edited afterwards."""


@dataclass(frozen=True)
class Applied:
    """What one run did: the migrations and the functions by their names, each in its order; and
    which restoration of the database it noted."""

    migrations: Sequence[str] = ()
    functions: Sequence[str] = ()
    restoration: int | None = None

    def __str__(self) -> str:
        lines = [f"applied {name}" for name in self.migrations]
        lines += [f"put function {name} in place" for name in self.functions]
        if self.restoration is not None:
            lines.append(f"noted that the database was restored, for time {self.restoration}")
        return "\n".join(lines) or "nothing to apply"


async def migrate(database_url: str, *, restored: bool = False) -> Applied:
    """Apply the migrations that are missing, put every function in place that is not as its file
    has it, note that the database was restored where that is seen or said, and return what was
    done.

    Raises:
        ChangedMigration: an applied file is no longer what was applied.
        OSError: the database is away.
    """
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        # The lock belongs to the session: it goes with the connection, even when this process dies.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        migrations = await _apply_missing(connection)
        functions = await place_functions(connection)
        restoration = await restorations.note(connection, anyway=restored)
        return Applied(migrations, functions, restoration)
    finally:
        await connection.close()


async def _apply_missing(connection: Connection) -> list[str]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        " name text PRIMARY KEY, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch("SELECT name, checksum FROM schema_migrations")
    applied = {row["name"]: row["checksum"] for row in rows}
    missing = []
    for path in sorted(MIGRATIONS.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        checksum = hashlib.sha256(sql.encode()).hexdigest()
        if path.name not in applied:
            await _apply(connection, path.name, sql, checksum)
            missing.append(path.name)
        # Databases would differ by when they were migrated, and nobody could tell.
        elif applied[path.name] != checksum:
            raise ChangedMigration(f"{path.name} was edited after it had been applied")
    return missing


async def _apply(connection: Connection, name: str, sql: str, checksum: str) -> None:
    """Apply one migration, however often it has to be tried.

    Raises:
        LockNotAvailableError, DeadlockDetectedError: in all that time somebody held what it needs.
    """
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            await _apply_once(connection, name, sql, checksum)
            break
        # The latter is what the server says first where somebody who waits for it is waited for.
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if not attempts_left:
                raise
            await asyncio.sleep(PAUSE_SECONDS)


async def _apply_once(connection: Connection, name: str, sql: str, checksum: str) -> None:
    async with connection.transaction():
        # Whoever waits for a table keeps all others waiting behind: step back, and come again.
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await connection.execute(sql)
        await connection.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)", name, checksum
        )
