"""The trace that is under way, as it is handed on (W3C Trace Context). Without traces, none is."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context, attach, detach
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"

_WHOLE = TraceContextTextMapPropagator()


class _TraceparentAlone(TextMapPropagator):
    """Leaves `tracestate` where it is: what callers write there is theirs."""

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        """Return a context in which the trace of these headers goes on."""
        said = getter.get(carrier, HEADER)
        return _WHOLE.extract({HEADER: said} if said else {}, context)

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        """Write into headers where in a trace this is."""
        stands = traceparent(context)
        if stands is not None:
            setter.set(carrier, HEADER, stands)

    @property
    def fields(self) -> set[str]:
        """Return which headers are written."""
        return {HEADER}


PROPAGATOR = _TraceparentAlone()


def traceparent(context: Context | None = None) -> str | None:
    """Return where in a trace this is; None where nothing is traced."""
    carrier: dict[str, str] = {}
    _WHOLE.inject(carrier, context)
    return carrier.get(HEADER)


@contextmanager
def continuing(traceparent: str | None) -> Iterator[None]:
    """Let the block go on with the trace in which this stands, or with none."""
    carrier = {} if traceparent is None else {HEADER: traceparent}
    token = attach(PROPAGATOR.extract(carrier, Context()))
    try:
        yield
    finally:
        detach(token)
