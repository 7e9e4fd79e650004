"""`sequestre api` and `sequestre worker` that die, once, at the point that a file names.

    python -m tests.e2e.crashing api | worker

They are killed by SIGKILL at that very line: nothing is cleaned up, closed or answered.
"""

import functools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = "CRASH_FILE"
"""The variable that says where the file is."""


def arm(file: Path, point: str) -> None:
    """The next process that comes to the point dies there."""
    file.write_text(point, encoding="utf-8")


def reach(point: str) -> None:
    """A process has come to this point."""
    file = Path(os.environ[FILE])
    try:
        if file.read_text(encoding="utf-8") != point:
            return
        file.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _mined(function: Callable[..., Any], before: str, after: str) -> Callable[..., Any]:
    @functools.wraps(function)
    async def with_points(*arguments: Any, **options: Any) -> Any:
        reach(before)
        result = await function(*arguments, **options)
        reach(after)
        return result

    return with_points


def lay_mines() -> None:
    """Puts the points around what moves an action from one place to the next."""
    import activities.steps
    from api.action_service import ActionService
    from api.gateway import Gateway
    from api.relay import Relay
    from db import party_requests

    for owner, name, before, after in (
        (activities.steps, "record", "before the step is written", "after the step is written"),
        (
            party_requests,
            "write",
            "before the request is written",
            "after the request is committed",
        ),
        (Relay, "send", "before it is handed on", "after it was handed on"),
        (Gateway, "signal", "before the signal", "after the signal"),
        (ActionService, "answer", "before it is sent", "before the answer"),
        (Relay, "start", "after the order is placed", "after its start is noted"),
        (Gateway, "start", "before its workflow is started", "after its workflow is started"),
    ):
        setattr(owner, name, _mined(getattr(owner, name), before, after))


if __name__ == "__main__":
    lay_mines()
    from cli.main import main

    main()
