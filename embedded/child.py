"""One child process: what it runs, how it is started, when it is ready, how it is stopped."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded import launch
from embedded.data_directory import OWNER_VARIABLE, DataDirectory
from embedded.trust import opened
from embedded.unix_account import UnixAccount

LOG_BYTES = 10 * 1024 * 1024


async def at_once() -> bool:
    return True


async def _nothing() -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Child:
    """A program that a supervisor keeps alive.

    `prepare` runs before each start. `ready` is asked again and again after the first start.
    `stop_signal` asks for an orderly end, which may take `grace` seconds. `death_signal` is what
    the child gets when the supervisor itself is killed.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None
    account: UnixAccount | None = None
    prepare: Callable[[], Awaitable[None]] = _nothing
    ready: Callable[[], Awaitable[bool]] = at_once
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace: float = 35.0


async def spawn(child: Child, directory: DataDirectory) -> Process:
    """Start the child in a session of its own, out of reach of the console's Ctrl-C.

    Raises:
        OSError: it cannot be started.
    """
    log = _open_log(directory.log_file(child.name))
    try:
        return await asyncio.create_subprocess_exec(
            *launched(child.argv, child.account, child.death_signal),
            env={**child.env, OWNER_VARIABLE: str(directory.path)},
            cwd=child.cwd,
            stdin=DEVNULL,
            stdout=log,
            stderr=STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(log)


def launched(
    argv: Sequence[str],
    account: UnixAccount | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """Return the command that runs `argv` under an account and ends it when this process ends."""
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    numbers = (os.getpid(), death_signal.value, uid, gid)
    return [sys.executable, "-I", "-S", launch.__file__, *map(str, numbers), *argv]


def _open_log(path: Path) -> int:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def last_words(path: Path, lines: int = 12) -> str:
    """Return the end of a log, for an error's text."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(-min(8192, path.stat().st_size), os.SEEK_END)
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
