"""What an activity came of: told to the log, and handed on to what it writes down."""

from structlog.contextvars import bind_contextvars

from domain.cause import Cause
from outbound.trace_context import traceparent


def note(cause: Cause | None) -> None:
    """Have the log name the call that the activity under way came of."""
    if cause is not None and cause.call is not None:
        bind_contextvars(request_id=cause.call)


def of_the_trace() -> Cause | None:
    """Return the trace at the point to which it has come, for what this activity writes down; None
    where nothing is traced. The call stands beside the request already."""
    trace = traceparent()
    return None if trace is None else Cause(traceparent=trace)
