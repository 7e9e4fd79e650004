"""Temporal's own tracing, for workflows that live for weeks: what happens in an order belongs to
the trace of the call that asked for it, and not to that of the call which placed the order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn

from opentelemetry.trace import SpanKind
from temporalio import client, worker, workflow
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.worker import (
    ContinueAsNewInput,
    HandleSignalInput,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from domain.cause import cause_of
from domain.step import ToRecord
from outbound.trace_context import PROPAGATOR, continuing

ORDER = "OrderWorkflow"


class Tracing(TracingInterceptor):
    """Temporal's, but for signals and for what is handed on: `traceparent` alone."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.text_map_propagator = PROPAGATOR

    def workflow_interceptor_class(
        self, called: WorkflowInterceptorClassInput
    ) -> type[TracingWorkflowInboundInterceptor]:
        """Return what is put round workflows."""
        super().workflow_interceptor_class(called)
        return _Signals


class _Signals(TracingWorkflowInboundInterceptor):
    def __init__(self, following: WorkflowInboundInterceptor) -> None:
        super().__init__(following)
        self.text_map_propagator = PROPAGATOR

    async def handle_signal(self, signal: HandleSignalInput) -> None:
        """Go on with the trace of who sent the signal; Temporal's would only link to it."""
        with continuing(self._trace_of(signal)):
            self._completed_span(f"HandleSignal:{signal.signal}", kind=SpanKind.SERVER)
        await self.next.handle_signal(signal)

    def _trace_of(self, signal: HandleSignalInput) -> str | None:
        # Whoever reaches Temporal can send any header: no order is to stand still over one.
        try:
            header = signal.headers[self.header_key]
            said = cause_of(self.payload_converter.from_payloads([header])[0])
        except Exception:
            return None
        return None if said is None else said.traceparent


class OfItsCause(client.Interceptor, worker.Interceptor):
    """Stands before Temporal's, and says which trace an order's next piece of work belongs to."""

    def workflow_interceptor_class(
        self, called: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """Return what is put round workflows."""
        del called
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, started: StartActivityInput) -> ActivityHandle[Any]:
        with _cause(started.args):
            return super().start_activity(started)

    def start_local_activity(self, started: StartLocalActivityInput) -> ActivityHandle[Any]:
        with _cause(started.args):
            return super().start_local_activity(started)

    def continue_as_new(self, renewal: ContinueAsNewInput) -> NoReturn:
        with _cause(()):
            super().continue_as_new(renewal)


@contextmanager
def _cause(arguments: Sequence[Any]) -> Iterator[None]:
    """Go on with the trace of what an order writes down. Without one, as of a deadline, the
    activity begins a trace of its own. What is no order ends soon, and stays with what it began
    with."""
    causes = [one.cause for one in arguments if isinstance(one, ToRecord)]
    trace = next((one.traceparent for one in causes if one is not None), None)
    with continuing(trace) if workflow.info().workflow_type == ORDER else nullcontext():
        yield


INTERCEPTORS = (Tracing(), OfItsCause())
"""In this order: what stands last is what a workflow meets first on its way out."""
