"""The trace that is under way, as it is handed on (W3C Trace Context). Without traces, none is."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"

_PROPAGATOR = TraceContextTextMapPropagator()


def traceparent() -> str | None:
    """Return where in a trace this is; None where nothing is traced."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(HEADER)


@contextmanager
def continuing(traceparent: str | None) -> Iterator[None]:
    """Let the block go on with the trace in which this stands, or with none."""
    carrier = {} if traceparent is None else {HEADER: traceparent}
    token = attach(_PROPAGATOR.extract(carrier, Context()))
    try:
        yield
    finally:
        detach(token)
