"""The directory a stack lives in: `run/` (process ids, lock), `logs/`, and its servers' data."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from embedded.errors import DataDirInUse, StackError

OWNER_VARIABLE = "SEQUESTRE_DATA_DIR"
"""In every child's environment: the data directory that it belongs to."""


@dataclass(frozen=True)
class DataDirectory:
    """The places inside one data directory, whose path is absolute."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "DataDirectory":
        """Return the data directory at a path: relative, beginning with `~`, or not there yet."""
        return cls(path.expanduser().resolve())

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def stack_file(self) -> Path:
        return self.run / "stack.json"

    @property
    def secret_file(self) -> Path:
        return self.path / "secret"

    @property
    def secrets_key_file(self) -> Path:
        return self.path / "secrets-key"

    def pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Create the directory and hold it for one stack.

        Raises:
            DataDirInUse: another live stack holds it.
            StackError: it cannot be written.
        """
        with self._opened_lock() as lock:
            self._lock(lock.fileno())
            os.truncate(lock.fileno(), 0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _opened_lock(self) -> TextIO:
        try:
            # Root's PostgreSQL has an account of its own, which must pass through.
            self.path.mkdir(mode=0o700 if os.geteuid() else 0o711, parents=True, exist_ok=True)
            for directory in (self.run, self.logs):
                directory.mkdir(mode=0o700, exist_ok=True)
            # Not "w", which would empty it while another stack holds it: it says whose it is.
            return (self.run / "lock").open("a+")
        except OSError as error:
            raise StackError(
                f"The data directory {self.path} cannot be used: {error.strerror}."
                " Choose another with --data-dir."
            ) from error

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode() or "unknown"
            raise DataDirInUse(
                f"The data directory {self.path} is in use by another stack"
                f" (process {holder}). Stop that one, or choose another with --data-dir."
            ) from error


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file that a reader sees either as it was or as it will be, never half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
