"""What is told along with what a call brings about: how logs and traces know the call."""

from structlog.contextvars import get_contextvars

from domain.cause import Cause
from outbound.trace_context import traceparent


def cause_of_this_call() -> Cause:
    """Return by what the call that is under way is known."""
    return Cause(call=get_contextvars().get("request_id"), traceparent=traceparent())
