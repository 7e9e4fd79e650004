"""How many files and connections a process may hold open."""

import resource
from contextlib import suppress


def raise_open_file_limit() -> None:
    """Take as many files as this process may without asking: what it starts with is often 1024, for
    the sake of programs that cannot count further, and each caller's connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems name a most that they do not give
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
