"""How many files and connections a process may hold open."""

import resource
from contextlib import suppress


def raise_open_file_limit() -> None:
    """Takes all that this process may have without asking: what it starts with is often 1024, for
    the sake of programs that cannot count further, and each connection of a caller is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems name a most that they do not give
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
