"""What is logged by a test itself, and by the tasks that it begins.

The worker of the application that tests share logs beside them, in tasks of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict, WrappedLogger

_is_own: ContextVar[bool] = ContextVar("is_own", default=False)


def _own(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    if not _is_own.get():
        raise structlog.DropEvent
    return line


@contextmanager
def own_logs() -> Iterator[list[EventDict]]:
    """The lines that are logged meanwhile in this context."""
    of_before = _is_own.set(True)
    try:
        with capture_logs(processors=[_own]) as found:
            yield found
    finally:
        _is_own.reset(of_before)
