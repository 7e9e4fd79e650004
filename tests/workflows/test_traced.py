"""Traces are beside the workflow: it gives the same commands with them and without, and what
happens in an order is told in the trace of the call that asked for it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.worker import Interceptor

from domain.vocabulary import State
from infra.payloads import DATA_CONVERTER
from infra.trace_interceptors import OfItsCause, Tracing
from tests.domain.examples import BUYER, SELLER
from tests.workflows import fingerprints
from tests.workflows.commands import given_by
from tests.workflows.fingerprints import recorded, what_changed
from tests.workflows.stage import Stage, failures
from tests.workflows.test_replay import history_of
from workflows.order import OrderWorkflow


@pytest.fixture
def told() -> InMemorySpanExporter:
    """What has been told."""
    return InMemorySpanExporter()


@pytest.fixture
def interceptors(told: InMemorySpanExporter) -> Sequence[Interceptor]:
    """The product's own, which tell it there."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(told))
    return Tracing(provider.get_tracer("test")), OfItsCause()


def traceparent(digit: str) -> dict[str, str]:
    """The cause of a call in a trace of this digit alone."""
    return {"traceparent": f"00-{digit * 32}-{digit * 16}-01"}


def traces(spans: Sequence[ReadableSpan], name: str) -> list[str]:
    """The first digit of the traces that spans of a name are in; `-` of those that begin one."""
    return [
        f"{one.context.trace_id:032x}"[0] if one.parent else "-"
        for one in spans
        if one.name == name
    ]


async def test_orders_of_old_go_on_under_traces(interceptors: Sequence[Interceptor]) -> None:
    histories = {name: history_of(name) for name in recorded()}
    now = await given_by(OrderWorkflow, histories, interceptors=interceptors)
    changed = what_changed(fingerprints.read(), now)
    assert changed is None, changed


async def test_each_step_is_told_in_the_trace_of_who_asked_for_it(
    unmanned: Stage, interceptors: Sequence[Interceptor], told: InMemorySpanExporter
) -> None:
    async with unmanned.working(interceptors=interceptors):
        case = await unmanned.order()
        await case.by_hand("accept", SELLER, cause=traceparent("a"))
        await case.entries(1)
        await case.by_hand("deliver", SELLER, message="Here.", cause=traceparent("b"))
        await case.entries(2)
        await case.by_hand("complete", BUYER)
        assert State.COMPLETED == (await case.handle.result()).kind
    spans = told.get_finished_spans()
    assert ["a", "b", "-"] == traces(spans, "RunActivity:record_step")
    assert ["a", "b"] == traces(spans, "StartActivity:record_step")
    # Who worked without traces goes on with what was begun with them.
    history = await case.handle.fetch_history()
    assert None is (await given_by(OrderWorkflow, {"a life": history}))["a life"].failure


@pytest.mark.parametrize("header", [b"nonsense", b"[]", b'{"traceparent": 7}', b'{"x": "y"}', b""])
async def test_a_header_of_which_nothing_can_be_made_is_in_no_orders_way(
    unmanned: Stage, interceptors: Sequence[Interceptor], header: bytes
) -> None:
    async with unmanned.working(interceptors=interceptors):
        case = await unmanned.order()
        payload = Payload(metadata={"encoding": b"json/plain"}, data=header)
        wish = {"actor": SELLER.model_dump(mode="json")}
        await unmanned.client.workflow_service.signal_workflow_execution(
            SignalWorkflowExecutionRequest(
                namespace=unmanned.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=case.handle.id),
                signal_name="accept",
                input=Payloads(payloads=await DATA_CONVERTER.encode([wish])),
                header=Header(fields={"_tracer-data": payload}),
            )
        )
        await case.entries(1)
        assert ["accept"] == case.told
        assert [] == failures(await case.history())


async def test_a_deadline_begins_a_trace_of_its_own(
    deserted: Stage, interceptors: Sequence[Interceptor], told: InMemorySpanExporter
) -> None:
    async with deserted.working(interceptors=interceptors):
        case = await deserted.order()
        await case.rests()
        await deserted.sleep(timedelta(days=3))
        assert State.CANCELLED == (await case.handle.result()).kind
        assert [] == failures(await case.history())
    assert ["-"] == traces(told.get_finished_spans(), "RunActivity:record_step")
