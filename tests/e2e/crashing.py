"""`sequestre api` and `sequestre worker` that die, once, at the point that a file names.

    python -m tests.e2e.crashing api | worker

They are killed by SIGKILL at that very line: nothing is cleaned up, closed or answered.
"""

import functools
import os
import signal
from collections.abc import Callable
from datetime import timedelta
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


def lay_mines_at_the_till() -> None:
    """Puts the points around what moves money between the books and a payment provider."""
    from db import pay_ins, payouts, provider_events
    from providers.stripe.pay_ins import PayIns
    from providers.stripe.payouts import Payouts

    for owner, name, what in (
        (PayIns, "start_pay_in", "the payment is begun"),
        (pay_ins, "note_place", "its place is noted"),
        (provider_events, "note", "the event is kept"),
        (pay_ins, "settle", "the payment is booked"),
        (payouts, "begin_call", "the call is noted"),
        (Payouts, "_transferred", "the money is at the account"),
        (Payouts, "_sent", "the money is at the bank"),
        (Payouts, "_taken_back", "the money is taken back"),
        (payouts, "settle", "the answer is booked"),
    ):
        setattr(owner, name, _mined(getattr(owner, name), f"before {what}", f"after {what}"))


def miss_the_dead_soon() -> None:
    """What a dead worker had in hand at the provider goes on after seconds: nobody here waits for a
    minute."""
    from workflows import options

    for name in ("asking_provider", "paying"):
        patient = getattr(options, name)

        def impatient(summary: str, *, patient: Callable[..., Any] = patient, **more: Any) -> Any:
            return {**patient(summary, **more), "start_to_close_timeout": timedelta(seconds=8)}

        setattr(options, name, impatient)


if __name__ == "__main__":
    lay_mines()
    if os.environ.get("SEQUESTRE_PROVIDER") == "stripe":
        lay_mines_at_the_till()
        miss_the_dead_soon()
    from cli.main import main

    main()
