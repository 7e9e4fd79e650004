"""Temporal's own tracing, for workflows that live for weeks: what happens in an order belongs to the
trace of the call that asked for it, and not to that of the call which placed the order."""

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

from domain.step import ToRecord
from outbound.trace_context import HEADER, continuing

ORDER = "OrderWorkflow"


class Tracing(TracingInterceptor):
    """Temporal's, but for signals."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[TracingWorkflowInboundInterceptor]:
        """Return what is put round workflows."""
        super().workflow_interceptor_class(input)
        return _Signals


class _Signals(TracingWorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        """Go on with the trace of who sent the signal; Temporal's would only link to it."""
        header = input.headers.get(self.header_key)
        carrier = self.payload_converter.from_payloads([header])[0] if header else {}
        with continuing(carrier.get(HEADER)):
            self._completed_span(f"HandleSignal:{input.signal}", kind=SpanKind.SERVER)
        await self.next.handle_signal(input)


class OfItsCause(client.Interceptor, worker.Interceptor):
    """Stands before Temporal's, and says which trace an order's next piece of work belongs to."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """Return what is put round workflows."""
        del input
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        with _cause(input.args):
            return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:
        with _cause(input.args):
            return super().start_local_activity(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        with _cause(()):
            super().continue_as_new(input)


@contextmanager
def _cause(arguments: Sequence[Any]) -> Iterator[None]:
    """Go on with the trace of what an order writes down. Without one, as of a deadline, the activity
    begins a trace of its own. What is no order ends soon, and stays with what it began with."""
    asked = arguments[0].cause if arguments and isinstance(arguments[0], ToRecord) else None
    is_order = workflow.info().workflow_type == ORDER
    with continuing(asked and asked.traceparent) if is_order else nullcontext():
        yield


INTERCEPTORS = (Tracing(), OfItsCause())
"""In this order: what stands last is what a workflow meets first on its way out."""
