"""What each line of the log says besides: to which workflow, order and trace it belongs."""

import re

from opentelemetry.trace import format_trace_id, get_current_span
from structlog.typing import EventDict
from temporalio import activity, workflow

_OF_ORDER = re.compile(r"(?:order|tell)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-|$)")


def of_temporal(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Add which workflow a line belongs to, of which order, and what is tried how often; nothing
    outside of workflows and activities."""
    if activity.in_activity():
        trying = activity.info()
        tried = {"activity": trying.activity_type, "attempt": trying.attempt}
        return _of_workflow(trying.workflow_id or "", {**tried, **line})
    if workflow.in_workflow():
        return _of_workflow(workflow.info().workflow_id, line)
    return line


def _of_workflow(workflow_id: str, line: EventDict) -> EventDict:
    order = _OF_ORDER.match(workflow_id)
    of_order = {"order_id": order[1]} if order else {}
    return {"workflow": workflow_id, **of_order, **line}


def of_the_trace(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Add by which id a collector knows the trace that is under way, if there is one."""
    context = get_current_span().get_span_context()
    if context.is_valid:
        line.setdefault("trace_id", format_trace_id(context.trace_id))
    return line
