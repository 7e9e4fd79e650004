"""One attempt at a message: how it ended, in words that operators may see, and noting that."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from opentelemetry.trace import SpanKind, StatusCode, get_tracer
from temporalio import activity

from activities.channel import NotDelivered, Undeliverable
from db.deliveries import Status
from db.errors import Unavailable
from db.pool import Connection, Pool, connection

PAUSE_SECONDS = 0.5
LONGEST_ERROR = 200

_TRACER = get_tracer("sequestre")


async def outcome_of(
    channel: str, sending: Awaitable[None], seconds: float, **what: Any
) -> tuple[Status, str | None]:
    """Return how sending a message over a channel ends within so many seconds, and why where it has
    to be tried again or cannot be. What it is about is logged with an error of our own."""
    with _TRACER.start_as_current_span(f"send {channel}", kind=SpanKind.CLIENT) as span:
        status, error = await _outcome_of(sending, seconds, **what)
        span.set_attribute("sequestre.delivery", status)
        if error is not None:
            span.set_status(StatusCode.ERROR)
    return status, error


async def _outcome_of(
    sending: Awaitable[None], seconds: float, **what: Any
) -> tuple[Status, str | None]:
    try:
        async with asyncio.timeout(seconds):
            await sending
    except Undeliverable as error:
        return "failed", _plain(error)
    except NotDelivered as error:
        return "pending", _plain(error)
    except TimeoutError:
        return "pending", f"no answer within {seconds:g} s"
    except Unavailable:
        return "pending", "the database did not answer"
    except Exception as error:
        # One message that cannot be written must not keep the others from leaving.
        activity.logger.exception("a channel failed", extra=what)
        return "pending", f"an error of our own ({type(error).__name__})"
    return "delivered", None


async def insist(pool: Pool, note: Callable[[Connection], Awaitable[None]]) -> None:
    """Insist on noting an attempt: what was sent and is not noted would be sent again."""
    while True:
        try:
            async with connection(pool) as acquired:
                # After it was sent: a worker that dies in between has it sent again.
                await note(acquired)
        except Unavailable:
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


def _plain(error: Exception) -> str:
    """Write an error on one line and without addresses, which mail servers' words often hold."""
    line = " ".join(str(error).split())
    return re.sub(r"[^\s<>]+@[^\s<>]+", "…", line)[:LONGEST_ERROR]
