"""The directory a stack lives in: `run/` (process ids, lock), `logs/`, and its servers' data."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from embedded import trust
from embedded.errors import DataDirInUse, NoDataDirectory, StackError, Untrusted
from embedded.unix_account import server_accounts

OWNER_VARIABLE = "SEQUESTRE_DATA_DIR"
"""In every child's environment: the data directory that it belongs to."""


LAID_FIRST = {"run", "logs", "lost+found"}
"""What a stack may have left that broke off at once, and what a disk of its own begins with."""


@dataclass(frozen=True)
class DataDirectory:
    """The places inside one data directory, whose path is absolute."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "DataDirectory":
        """Return the data directory at a path: relative, beginning with `~`, or not there yet.

        Raises:
            Untrusted: somebody else could put another in its place.
            StackError: the path cannot be followed.
        """
        try:
            return cls(trust.real_path(path))
        except OSError as error:
            raise _unusable(path, error) from error

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

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def postgres_in_the_making(self) -> Path:
        return self.path / "postgres.new"

    def pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @contextmanager
    def held(self, say: Callable[[str], None] = lambda _: None) -> Iterator[None]:
        """Create the directory and hold it for one stack. `say` gets a line for what was changed.

        Raises:
            NoDataDirectory: it has other things in it than a stack's.
            DataDirInUse: another live stack holds it.
            Untrusted: others own it or something in it, or could write there.
            StackError: it cannot be written.
        """
        self._check_it_is_ours()
        with self._opened_lock() as lock:
            self._lock(lock)
            os.truncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            self._check_contents()
            self._close_to_others(say)
            yield

    def check(self) -> None:
        """Check that what other commands are to believe is this account's own.

        Raises:
            Untrusted: it is not.
            OSError: there is no such directory, or it cannot be looked at.
        """
        trust.check_directory(self.path, has_a_stack=self.has_a_stack)
        trust.check_directory(self.run)

    @property
    def has_a_stack(self) -> bool:
        """Return whether a stack has laid its files there before."""
        own = (self.run / "lock", self.secret_file, self.postgres, self.postgres_in_the_making)
        return any(os.path.lexists(one) for one in own)

    def _check_it_is_ours(self) -> None:
        """Check, before anything is changed, that a directory is a stack's or has nothing in it."""
        try:
            found = {*os.listdir(self.path)} if self.path.is_dir() else set()
        except OSError as error:
            raise _unusable(self.path, error) from error
        if found - LAID_FIRST and not self.has_a_stack:
            raise NoDataDirectory(
                f"{self.path} has other things in it, and none of a stack's. Choose a directory"
                " that is empty or not there yet with --data-dir."
            )

    @contextmanager
    def _opened_lock(self) -> Iterator[int]:
        try:
            self._make()
            # Not emptied: another stack may hold it, and it says whose it is.
            descriptor = trust.opened(self.run / "lock", os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        for parent in reversed(self.path.parents):
            _make(parent, 0o755)
        _make(self.path, self._most)
        # Only now: somebody else may have been quicker, and made one of them.
        if trust.real_path(self.path) != self.path:
            raise Untrusted(f"{self.path} was exchanged for a link meanwhile. {trust.ELSEWHERE}")
        trust.check_directory(self.path, has_a_stack=self.has_a_stack)
        for directory in (self.run, self.logs):
            _make(directory, 0o700)
            trust.check_directory(directory)

    def _check_contents(self) -> None:
        try:
            for kept in (self.secret_file, self.secrets_key_file):
                trust.check_file(kept, secret=True)
            for file in (*self.run.iterdir(), *self.logs.iterdir(), *self._in_the_open()):
                trust.check_file(file)
            for tree in (self.postgres, self.postgres_in_the_making):
                trust.check_tree(tree, server_accounts())
        except OSError as error:
            raise _unusable(self.path, error) from error

    def _close_to_others(self, say: Callable[[str], None]) -> None:
        # An earlier release, or its user, may have left them readable.
        trust.close_to_others(self.path, self._most, say)
        for path in (self.run, self.logs, *self._in_the_open()):
            trust.close_to_others(path, 0o700, say)

    @property
    def _most(self) -> int:
        # Root's PostgreSQL has an account of its own, which must pass through.
        return 0o711 if os.geteuid() == 0 else 0o700

    def _in_the_open(self) -> list[Path]:
        return [path for path in self.path.glob("temporal.db*") if os.path.lexists(path)]

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode() or "unknown"
            raise DataDirInUse(
                f"The data directory {self.path} is in use by another stack"
                f" (process {holder}). Stop that one, or choose another with --data-dir."
            ) from error


def _make(directory: Path, mode: int) -> None:
    if not directory.exists():
        with suppress(FileExistsError):
            directory.mkdir(mode)
            directory.chmod(stat.S_IMODE(directory.lstat().st_mode) | stat.S_IRWXU)


def _unusable(path: Path, error: OSError) -> StackError:
    return StackError(
        f"The data directory {path} cannot be used: {error.strerror}."
        " Choose another with --data-dir."
    )


def write_whole(path: Path, text: str) -> None:
    """Write a file for this account alone, that a reader sees either as it was or as it will be,
    never half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask took away
        file.write(text)
    fresh.replace(path)
