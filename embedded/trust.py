"""Whether what lies in a data directory can be believed: keys, books, process ids.

Who can write there, or put another directory in its place, decides what a stack believes. So all
that leads to it belongs to this account or to the machine's, and all that is in it to this account
alone. Once that is so nobody else can change it: what was looked at is what is then opened.
"""

import grp
import os
import pwd
import shlex
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from embedded.errors import StackError, Untrusted

MOST_LINKS = 40
ELSEWHERE = "Choose another data directory with --data-dir (TMPDIR for a temporary one)."
_ACL = "system.posix_acl_access"


def real_path(path: Path) -> Path:
    """Return an absolute path without links, of what may not be there yet.

    Raises:
        Untrusted: somebody else could put another thing in its place, or made a link on the way.
        OSError: it cannot be followed.
    """
    here, left, links = Path("/"), [*reversed(path.expanduser().absolute().parts[1:])], 0
    while left:
        _check_passed(here)
        part = left.pop()
        there = here.parent if part == ".." else here / part
        try:
            state = there.lstat()
        except FileNotFoundError:
            return Path(os.path.normpath(there.joinpath(*reversed(left))))
        if not stat.S_ISLNK(state.st_mode):
            here = there
            continue
        links += 1
        if links > MOST_LINKS:
            raise StackError(f"{path} leads nowhere: its links go round in a circle. {ELSEWHERE}")
        _check_owner(there, state, _machine())
        target = there.readlink()
        here = Path("/") if target.is_absolute() else here
        left.extend(reversed(target.parts[1:] if target.is_absolute() else target.parts))
    return here


def check_directory(path: Path, *, has_a_stack: bool = True) -> None:
    """Check that a directory is this account's own. What is no stack's yet is left as it is: nobody
    is told to change who may write there.

    Raises:
        Untrusted: it is not, or others can write there.
        OSError: there is none.
    """
    state = path.lstat()
    is_shared = bool(state.st_mode & stat.S_ISVTX)
    if (is_shared or not has_a_stack) and others_write(path, state):
        raise Untrusted(
            f"{path} can be written by others, and a stack believes what it finds there."
            f" {ELSEWHERE}"
        )
    _check(path, state, stat.S_ISDIR, {os.geteuid()})


def close_to_others(path: Path, most: int, say: Callable[[str], None]) -> None:
    """Take from others what access they have beyond the mode `most`, and `say` so."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    if mode & ~most & 0o077:
        path.chmod(mode & (most | 0o700))
        say(f"{path} was open to others: closed to them (chmod {mode & (most | 0o700):o}).")


def opened(path: Path, flags: int = os.O_RDONLY, *, secret: bool = False) -> int:
    """Return the descriptor of a file that is this account's own and has no second name.

    Raises:
        Untrusted: it is not, or others can write it, or read what is secret.
        OSError: it cannot be opened.
    """
    check_file(path, secret=secret)
    # Without O_NONBLOCK a planted pipe would hold us up.
    safe = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags | safe, 0o600)
    try:
        _check_file(path, os.fstat(descriptor), secret=secret)
        os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def own_text(path: Path, *, secret: bool = False) -> str:
    """Return what is in a file of this account's own.

    Raises:
        Untrusted: it is not, or others can write it, or read what is secret.
        OSError: it cannot be read.
    """
    with os.fdopen(opened(path, secret=secret), encoding="utf-8") as file:
        return file.read()


def check_file(path: Path, *, secret: bool = False) -> None:
    """Check that a file, if there is one, is this account's own.

    Raises:
        Untrusted: it is not, or others can write it, or read what is secret.
    """
    with suppress(FileNotFoundError):
        _check_file(path, path.lstat(), secret=secret)


def check_tree(top: Path, owners: Collection[int]) -> None:
    """Check that all in a tree, if it is there, belongs to one of these accounts, that nobody else
    can write to any of it, and that it leads nowhere else.

    Raises:
        Untrusted: it does not; names the first such place.
    """
    for path, state in _tree(top):
        kind = stat.S_ISDIR if path == top else _is_plain
        _check(path, state, kind, owners)


def _tree(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    # A server that is about to end removes files meanwhile.
    with suppress(FileNotFoundError):
        state = path.lstat()
        yield path, state
        if stat.S_ISDIR(state.st_mode):
            with os.scandir(path) as entries:
                inside = sorted(Path(entry.path) for entry in entries)
            for entry in inside:
                yield from _tree(entry)


def _is_plain(mode: int) -> bool:
    return stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _check_passed(directory: Path) -> None:
    state = directory.lstat()
    _check_owner(directory, state, _machine())
    if not state.st_mode & stat.S_ISVTX and others_write(directory, state):
        raise Untrusted(
            f"{directory} can be written by others, who could put another directory in the place of"
            f" any in it. {ELSEWHERE}"
        )


def _check(
    path: Path, state: os.stat_result, kind: Callable[[int], bool], owners: Collection[int]
) -> None:
    _check_kind(path, state, kind)
    _check_owner(path, state, owners)
    if others_write(path, state):
        raise Untrusted(
            f"{path} can be written by others, and a stack believes what it finds there. If nobody"
            f" else has, type: chmod -R go-w {shlex.quote(str(path))}. Otherwise choose another"
            " data directory with --data-dir."
        )


def _check_file(path: Path, state: os.stat_result, *, secret: bool) -> None:
    _check(path, state, stat.S_ISREG, {os.geteuid()})
    if state.st_nlink > 1:
        raise Untrusted(f"{path} is known by a second name elsewhere (a hard link). {_REMOVE}")
    if secret and state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Untrusted(
            f"{path} can be read by others, who could sign tokens as anybody. Remove it: the next"
            " `up` makes another, and tokens that were signed with this one are refused."
        )


_REMOVE = "Remove it if it is not yours, or choose another data directory with --data-dir."


def _check_kind(path: Path, state: os.stat_result, kind: Callable[[int], bool]) -> None:
    if not kind(state.st_mode):
        what = "a link to elsewhere" if stat.S_ISLNK(state.st_mode) else "not what it should be"
        raise Untrusted(f"{path} is {what}, and a stack would follow it. {_REMOVE}")


def _check_owner(path: Path, state: os.stat_result, owners: Collection[int]) -> None:
    if state.st_uid not in owners:
        raise Untrusted(
            f"{path} belongs to {_name(state.st_uid)}, and a stack believes what it finds there."
            f" {ELSEWHERE}"
        )


def others_write(path: Path, state: os.stat_result) -> bool:
    """Return whether another account than this one and root can write to it."""
    if state.st_mode & stat.S_IWOTH:
        return True
    return bool(state.st_mode & stat.S_IWGRP) and (_has_acl(path) or not _is_private(state.st_gid))


def _is_private(group_id: int) -> bool:
    """Return whether a group is this account's alone, as where `umask` is 002: named like it."""
    try:
        group, me = grp.getgrgid(group_id), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    primary = {one.pw_name for one in pwd.getpwall() if one.pw_gid == group_id}
    return group.gr_name == me and {*group.gr_mem, *primary} <= {me, "root"}


def _has_acl(path: Path) -> bool:
    # Its entries for further people show as the group's rights.
    try:
        return _ACL in os.listxattr(path, follow_symlinks=False)
    except (AttributeError, OSError):  # there are none on this system, or on this disk
        return False


def _machine() -> set[int]:
    # In a container that maps accounts, root may go by another number: what `/` belongs to.
    return {0, os.geteuid(), Path("/").stat().st_uid}


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"account {uid}"
