"""The event loop that a worker runs on: uvloop's, which takes less processor time a call.

The API's server takes it by itself. Where a platform has none, Python's own does the same.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Gives = TypeVar("Gives")


def _fastest() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


FACTORY = _fastest()
"""What makes a loop; None for Python's own."""


def run(main: Coroutine[Any, Any, Gives]) -> Gives:
    """Run a process's work to its end and return what it gives."""
    with asyncio.Runner(loop_factory=FACTORY) as runner:
        return runner.run(main)
