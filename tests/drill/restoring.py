"""A machine that is set up anew, as docs/backup.md says: keys, database, Temporal's store."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg

from embedded.postgres import Postgres
from embedded.stack import running_postgres
from tests.app_under_test import eventually
from tests.drill import backups
from tests.drill.first_stack import Rescued


class Source(StrEnum):
    """From what something is restored."""

    OLD = "the old backup"
    NEW = "the new backup"
    IN_TIME = "the base and its WAL, up to an instant"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Way:
    """A way in which a stack comes back."""

    name: str
    database: Source
    temporal: Source


WAYS = (
    Way("both as old", Source.OLD, Source.OLD),
    Way("database older", Source.OLD, Source.NEW),
    Way("Temporal older", Source.NEW, Source.OLD),
    Way("Temporal lost", Source.OLD, Source.NOTHING),
    Way("instant between two transfers", Source.IN_TIME, Source.NEW),
)


@asynccontextmanager
async def database_restored(way: Way, rescued: Rescued, data_dir: Path) -> AsyncIterator[Postgres]:
    """The database alone, restored and answering, with all else in its place beside it."""
    data_dir.mkdir(mode=0o711)
    for name, key in rescued.keys.items():
        (data_dir / name).touch(mode=0o600)
        (data_dir / name).write_bytes(key)
    if way.temporal is not Source.NOTHING:
        store = rescued.old if way.temporal is Source.OLD else rescued.new
        shutil.copyfile(store.temporal, data_dir / "temporal.db")
    if way.database is Source.IN_TIME:
        recovering(rescued, data_dir / "postgres")
    async with running_postgres(data_dir) as postgres:
        if way.database is Source.IN_TIME:
            await _recovered(postgres.database_url("postgres"))
        else:
            backup = rescued.old if way.database is Source.OLD else rescued.new
            await _loaded(postgres.database_url(), backup.database)
        yield postgres


def recovering(rescued: Rescued, data: Path) -> None:
    """Puts the base in its place, and says up to which instant its WAL is to be followed."""
    shutil.copytree(rescued.base, data)
    data.chmod(0o700)
    (data / "recovery.signal").touch(mode=0o600)
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"restore_command = 'cp {rescued.archive}/%f %p'\n"
            f"recovery_target_time = '{rescued.between.isoformat(sep=' ')}'\n"
            "recovery_target_action = 'promote'\n"
        )
    # Whose account the server runs under is known by what it has archived itself.
    backups.given_to(next(rescued.archive.iterdir()), data)


async def _recovered(url: str) -> None:
    async def is_over() -> bool:
        connection = await asyncpg.connect(url)
        try:
            return not await connection.fetchval("SELECT pg_is_in_recovery()")
        finally:
            await connection.close()

    await eventually(is_over)


async def _loaded(url: str, dump: Path) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE ROLE sequestre_app NOLOGIN")  # no dump has roles
    await connection.close()
    await backups.program("pg_restore", "--exit-on-error", "-d", url, dump)
