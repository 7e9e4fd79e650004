"""What is told of this process to a collector, over OTLP and HTTP, beside its work.

A thread of its own sends it. What a collector that is slow or away does not take is dropped:
nothing waits for it, and no memory grows with it.
"""

from collections.abc import Sequence
from importlib.metadata import version
from threading import Thread

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import Link, SpanContext, Status

from outbound.trace_context import PROPAGATOR

LAST_SECONDS = 2.0
"""How long the end of a process may wait for a collector."""

LONGEST_VALUE = 2_000
"""Characters of an attribute, which statements have many of."""

TOLD = frozenset(
    {
        *("http.request.method", "http.route", "http.response.status_code", "error.type"),
        *("db.system", "db.system.name", "db.statement", "db.query.text"),
        *("temporalWorkflowID", "temporalRunID", "temporalActivityID"),
        "sequestre.delivery",
    }
)
"""The attributes that leave this process. Addresses, queries, hosts and errors' words do not: they
hold what people wrote, and tokens. Of statements the values are no part."""


class Bare(SpanExporter):
    """Hands spans on with `TOLD` alone, and without events, words of errors and `tracestate`."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand these spans on."""
        return self._exporter.export([_bare(one) for one in spans])

    def shutdown(self) -> None:
        """Take no more."""
        self._exporter.shutdown()


def _bare(span: ReadableSpan) -> ReadableSpan:
    attributes = {name: value for name, value in (span.attributes or {}).items() if name in TOLD}
    return ReadableSpan(
        name=span.name,
        context=_place(span.context),
        parent=span.parent and _place(span.parent),
        resource=span.resource,
        attributes=attributes,
        links=[Link(_place(one.context), one.attributes) for one in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _place(context: SpanContext) -> SpanContext:
    """Return it without what a caller wrote into `tracestate`."""
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def begin(service: str) -> None:
    """Trace this process from now on, by OpenTelemetry's own variables."""
    resource = _resource(service)
    limits = SpanLimits(max_events=0, max_attribute_length=LONGEST_VALUE)
    leaving = BatchSpanProcessor(Bare(OTLPSpanExporter()))
    provider = TracerProvider(resource=resource, span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(leaving)
    trace.set_tracer_provider(provider)
    # What callers say besides (tracestate, baggage) is theirs, and goes no further.
    propagate.set_global_textmap(PROPAGATOR)
    statements = AsyncPGInstrumentor()  # type: ignore[no-untyped-call]
    statements.instrument(tracer_provider=_within(resource, limits, leaving))


def _within(resource: Resource, limits: SpanLimits, leaving: BatchSpanProcessor) -> TracerProvider:
    """Return what traces statements only as a part of something: each look of a relay for work
    would be a trace of its own."""
    provider = TracerProvider(
        ParentBased(ALWAYS_OFF), resource, shutdown_on_exit=False, span_limits=limits
    )
    provider.add_span_processor(leaving)
    return provider


def _resource(service: str) -> Resource:
    ours = Resource({"service.name": service, "service.version": version("sequestre")})
    return Resource.create().merge(ours).merge(OTELResourceDetector().detect())


def end() -> None:
    """Hand over what is still here, for up to `LAST_SECONDS`."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        ending.join(LAST_SECONDS)
