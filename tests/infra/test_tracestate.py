"""Of what a caller says of a trace of their own (W3C Trace Context) only where it stands is gone on
with: what lies in `tracestate` is theirs, and may be personal."""

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from infra.spans import Bare
from infra.trace_interceptors import Tracing
from outbound.trace_context import PROPAGATOR

STANDS = f"00-{'a' * 32}-{'b' * 16}-01"
SENT = {"traceparent": STANDS, "tracestate": "user=ana@example.org"}
WHOLE = TraceContextTextMapPropagator()
"""OpenTelemetry's own, which goes on with both."""


def test_of_two_headers_one_is_read() -> None:
    said = trace.get_current_span(PROPAGATOR.extract(SENT)).get_span_context()
    assert f"{said.trace_id:032x}" == "a" * 32
    assert not said.trace_state


def test_one_is_handed_on_whatever_was_read() -> None:
    handed_on: dict[str, str] = {}
    PROPAGATOR.inject(handed_on, WHOLE.extract(SENT))
    assert handed_on == {"traceparent": STANDS}
    assert {"traceparent"} == PROPAGATOR.fields


def test_to_temporal_too() -> None:
    assert PROPAGATOR is Tracing().text_map_propagator


@pytest.mark.parametrize("place", ["parent", "link"])
def test_it_does_not_leave_with_spans(place: str) -> None:
    recorder = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(Bare(recorder)))
    said = WHOLE.extract(SENT)
    linked = [trace.Link(trace.get_current_span(said).get_span_context())]
    with provider.get_tracer("test").start_as_current_span(
        "GET /v1/orders",
        said if place == "parent" else None,
        links=linked if place == "link" else None,
    ):
        pass
    told = encode_spans(recorder.get_finished_spans()).SerializeToString()
    assert bytes.fromhex("a" * 32) in told
    assert b"ana@example.org" not in told
