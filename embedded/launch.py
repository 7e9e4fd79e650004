"""Becomes another program, under another account if asked, that ends when its parent ends.

A script for an isolated interpreter: `launch.py PARENT SIGNAL UID GID PATH [ARG…]`.
UID and GID -1 keep the account. A script and not a `preexec_fn`, which is unsafe beside the threads
of Temporal's SDK. The order matters: Linux forgets the death signal when the account changes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def become(uid: int, gid: int) -> None:
    """Give up root for an account without further groups."""
    if uid != -1:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def end_with(parent: int, signal_number: int) -> None:
    """Ask Linux to signal this process when its parent ends; do nothing elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


def main(parent: str, signal_number: str, uid: str, gid: str, *argv: str) -> None:
    become(int(uid), int(gid))
    end_with(int(parent), int(signal_number))
    # Not `execvp`: it imports a module, and the account may not reach this interpreter's library.
    os.execv(argv[0], argv)  # noqa: S606  # nosec B606


if __name__ == "__main__":
    main(*sys.argv[1:])
