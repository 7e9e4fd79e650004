"""What an activity came of: told to the log, and handed on to what it writes down."""

from structlog.contextvars import bind_contextvars

from domain.cause import Cause
from outbound.trace_context import traceparent


def note(cause: Cause | None) -> None:
    """Have the log name the call that the activity under way came of."""
    if cause is not None and cause.call is not None:
        bind_contextvars(request_id=cause.call)


def handed_on(cause: Cause | None) -> Cause | None:
    """Return the cause of what this activity writes down: the same call, and the trace at the point
    to which it has come. None where there is neither."""
    call, trace = cause and cause.call, traceparent()
    return Cause(call=call, traceparent=trace) if call or trace else None
