"""Backups as operators take them while everything works: a dump, a copy of Temporal's store, a copy
of the server's files to which its archive of WAL belongs."""

import asyncio
import os
import shutil
import sqlite3
from asyncio.subprocess import PIPE, STDOUT
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from embedded.postgres_files import PORT, executable
from tests.app_under_test import eventually


@dataclass(frozen=True)
class Backup:
    """A dump of the database and a copy of Temporal's store, taken one after the other."""

    database: Path
    temporal: Path


async def taken(database_url: str, temporal: Path, place: Path) -> Backup:
    """A backup of both, in the directory `place`, which does not exist yet."""
    place.mkdir()
    backup = Backup(place / "sequestre.dump", place / "temporal.db")
    await asyncio.to_thread(_copy_store, temporal, backup.temporal)
    await program("pg_dump", "-Fc", "-f", backup.database, database_url)
    return backup


async def base_taken(sockets: Path, place: Path) -> Path:
    """A copy of the server's files, without the WAL that its archive has."""
    where = ("-h", sockets, "-p", PORT, "-U", "postgres")
    await program("pg_basebackup", *where, "-D", place, "-X", "none", "--checkpoint=fast")
    return place


async def all_archived(database_url: str, archive: Path) -> None:
    """Returns when everything that was written so far is in the archive."""
    connection = await asyncpg.connect(database_url)
    last: str = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
    await connection.close()

    async def is_there() -> bool:
        return (archive / last).exists()

    await eventually(is_there)


async def program(name: str, *arguments: object) -> str:
    """What one of PostgreSQL's programs says."""
    process = await asyncio.create_subprocess_exec(
        str(executable(name)), *map(str, arguments), stdout=PIPE, stderr=STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{name}: {said.decode()}"
    return said.decode()


def given_to(owner: Path, tree: Path) -> None:
    """Gives everything in a tree to the account that owns another file, where this is root."""
    if os.geteuid() == 0:
        state = owner.stat()
        for path in (tree, *tree.rglob("*")):
            shutil.chown(path, state.st_uid, state.st_gid)


def _copy_store(source: Path, to: Path) -> None:
    # By SQLite's own backup: the file alone lacks what is in its log while a server has it open.
    with closing(sqlite3.connect(source)) as store, closing(sqlite3.connect(to)) as copy:
        store.backup(copy)
