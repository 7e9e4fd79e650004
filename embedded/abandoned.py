"""Temporary data directories of runs that were killed: they are removed by the next run."""

import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from embedded.data_directory import DataDirectory
from embedded.errors import StackError
from embedded.orphan_processes import stop_orphans
from embedded.postgres import Postgres


@asynccontextmanager
async def temporary_data_directory(prefix: str) -> AsyncIterator[Path]:
    """Return a new data directory for as long as the block lasts; those of its kind that were
    abandoned go first."""
    for path in _abandoned(prefix):
        await _remove(path)
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _abandoned(prefix: str) -> Iterator[Path]:
    """Return directories of this account on which a stack has run."""
    for path in sorted(Path(tempfile.gettempdir()).resolve().glob(f"{prefix}*")):
        with suppress(OSError):
            state = path.lstat()
            is_ours = stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid()
            if is_ours and (path / "run" / "lock").is_file():
                yield path


async def _remove(path: Path) -> None:
    # Whoever still runs on it holds it, and then it is none of ours.
    with suppress(StackError, OSError), (directory := DataDirectory.at(path)).held():
        await stop_orphans(directory, lambda _: None)
        (await Postgres.in_directory(directory, lambda _: None)).forget_sockets()
        shutil.rmtree(directory.path, ignore_errors=True)
