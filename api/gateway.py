"""The one door to Temporal. What goes wrong there comes out in the product's own words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from db.reading import reading
from db.requests import Pending
from domain.cause import Cause, cause_in
from domain.clock import ClockReading
from domain.conversation import step_or_message
from domain.order import Order
from domain.payments import PaymentRef
from infra import order_queue, order_workflows, payment_workflows, routing, temporal
from infra.routing import Crew
from outbound.trace_context import continuing
from workflows import endpoint_tests, notifications
from workflows.clock import MOVE_CLOCK
from workflows.endpoint_tests import EndpointTestWorkflow
from workflows.notifications import NotificationWorkflow
from workflows.options import SENDING_QUEUE
from workflows.order import workflow_id
from workflows.start import EndpointTestStart, NotificationStart

BUDGET_SECONDS = 3.0
FIRST_SECONDS = 1.0
"""How much of it may go to putting an order before others: what it is to be told is to reach it."""

MOST_KNOWN = 10_000
"""So many orders that go first are known to do so, and are not put there again."""

OF_THIS_CALL = (
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.OUT_OF_RANGE,
)
"""What Temporal says of one call and not of its own state: a workflow that can take no further
signal, for one."""


class GatewayError(Exception):
    """The base of what this door reports."""


class Away(GatewayError):
    """Temporal does not answer; whether it did what was asked is unknown."""


class Refused(GatewayError):
    """Temporal answers, and does not do this: asked again it says the same for a while."""


class NoSuchWorkflow(GatewayError):
    """No workflow of the order is running: it has ended, or was never started."""


class Gateway:
    """Starts and signals order workflows."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._first: dict[str, None] = {}
        self.is_crowded = False
        """Whether so many wait for a worker that whoever acts is put before them."""
        self.answers = False
        """Whether Temporal answered when it was last asked for nothing else."""

    async def start(self, order: Order, clock: ClockReading | None = None) -> None:
        """Start the order's workflow unless it was started before; where the clock can be moved, by
        how it is set.

        Raises:
            Away: Temporal does not answer.
            Refused: it will not.
        """
        async with _answers():
            priority = order_queue.FIRST if self.is_crowded else Priority.default
            await order_workflows.begin(self._client, order, clock, priority)

    async def signal(self, request: Pending) -> None:
        """Hand a request to its order; where many wait for a worker, before what they wait with.

        Raises:
            Away: Temporal does not answer.
            NoSuchWorkflow: nothing runs that could take it.
            Refused: the workflow that runs can take no more.
            Spoiled: what is kept of the request cannot be read.
        """
        with reading(f"a request of order {request.order_id}"):
            message = {
                **_travelling(request.signal),
                "request_id": request.request_id,
                "received_at": request.received_at.isoformat(),
            }
        handle = self._client.get_workflow_handle(workflow_id(str(request.order_id)))
        async with _answers():
            if self.is_crowded:
                await self._put_first(str(request.order_id))
            await handle.signal(request.action, message)

    async def move_clock(self, order_id: UUID, reading: ClockReading) -> None:
        """Tell an order how its clock is set from now on.

        Raises:
            Away: Temporal does not answer.
            NoSuchWorkflow: nothing runs that could be told.
            Refused: the workflow that runs can take no more.
        """
        await self._move(workflow_id(str(order_id)), reading)

    async def move_clock_of_step(self, order_id: UUID, seq: int, reading: ClockReading) -> None:
        """Tell whoever tells people of a step how the clock is set from now on.

        Raises:
            Away, NoSuchWorkflow, Refused: as `move_clock`.
        """
        await self._move(notifications.workflow_id(str(order_id), seq), reading)

    async def move_clock_of_test(self, number: int, reading: ClockReading) -> None:
        """Tell whoever sends an endpoint its test how the clock is set from now on.

        Raises:
            Away, NoSuchWorkflow, Refused: as `move_clock`.
        """
        await self._move(endpoint_tests.workflow_id(number), reading)

    async def _move(self, of_whom: str, reading: ClockReading) -> None:
        handle = self._client.get_workflow_handle(of_whom)
        async with _answers():
            await handle.signal(MOVE_CLOCK, reading)

    async def start_notifications(
        self,
        order_id: UUID,
        seq: int,
        clock: ClockReading | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Have people told of a step or a message, as a part of what it came of: by the workflow
        that does so already, or else by a new one, which goes by this clock.

        Raises:
            Away: Temporal does not answer.
            Refused: it will not.
        """
        start = NotificationStart(order_id=str(order_id), seq=seq, clock=clock, cause=cause)
        with continuing(None if cause is None else cause.traceparent):
            async with _answers():
                await self._start_telling(start)

    async def _start_telling(self, start: NotificationStart) -> None:
        await self._client.start_workflow(
            NotificationWorkflow.run,
            start,
            id=notifications.workflow_id(start.order_id, start.seq),
            task_queue=SENDING_QUEUE,
            # What is sent again belongs to a step whose workflow may have ended long ago.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=NotificationWorkflow.try_now.__name__,
            static_summary=f"Tells people of {step_or_message(start.seq)}",
        )

    async def start_endpoint_test(self, number: int, clock: ClockReading | None = None) -> None:
        """Have an endpoint sent its test: by the workflow that does so already, or by a new one,
        which goes by this clock.

        Raises:
            Away: Temporal does not answer.
            Refused: it will not.
        """
        async with _answers():
            await self._client.start_workflow(
                EndpointTestWorkflow.run,
                EndpointTestStart(number=number, clock=clock),
                id=endpoint_tests.workflow_id(number),
                task_queue=SENDING_QUEUE,
                # What is sent again may have been given up long ago.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=EndpointTestWorkflow.try_now.__name__,
                static_summary="Sends an endpoint its test",
            )

    async def reach(self) -> None:
        """Ask Temporal for nothing but an answer.

        Raises:
            Away: Temporal does not answer.
        """
        self.answers = False
        async with _answers():
            await self._client.workflow_service.get_system_info(GetSystemInfoRequest())
        self.answers = True

    async def put_first(self, order_id: UUID) -> None:
        """Have an order decide before what others wait with for a worker, where Temporal does that.

        Raises:
            Away: Temporal does not answer.
        """
        async with _answers():
            await self._put_first(str(order_id))

    async def _put_first(self, order_id: str) -> None:
        if order_id in self._first:
            return
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await order_queue.put_first(self._client, order_id)
        except (RPCError, TimeoutError):
            return  # where it cannot be done (an older server, say) it waits as everybody does
        self._first[order_id] = None
        if len(self._first) > MOST_KNOWN:
            del self._first[next(iter(self._first))]

    @property
    def namespace(self) -> str:
        """Return in which of Temporal's namespaces the orders are."""
        return self._client.namespace

    async def latest_run(self, name: str) -> str:
        """Return the id of the latest run of a workflow of this name.

        Raises:
            Away: Temporal does not answer.
            NoSuchWorkflow: it has none of this name any more.
        """
        async with _answers():
            return await temporal.latest_run(self._client, name)

    async def tell_payment(self, payment: PaymentRef, clock: ClockReading | None = None) -> None:
        """Have a payment's workflow look at what is known of it: the one that sees to it, or a new
        one, which goes by this clock, also where the one before has ended.

        Raises:
            Away: Temporal does not answer.
            Refused: it will not.
        """
        async with _answers():
            await payment_workflows.tell(self._client, payment, clock)

    async def move_clock_of_payment(self, payment: PaymentRef, reading: ClockReading) -> None:
        """Tell whoever sees to a payment how the clock is set from now on.

        Raises:
            Away, NoSuchWorkflow, Refused: as `move_clock`.
        """
        await self._move(payment_workflows.name_of(payment), reading)

    async def crews(self) -> list[Crew]:
        """Return the workers that Temporal has lately seen polling for orders, and whom it gives
        any.

        Raises:
            Away: Temporal does not answer.
        """
        async with _answers():
            return await routing.crews(self._client, retry=False)


def _travelling(signal: dict[str, Any]) -> dict[str, Any]:
    """Return what of a written request goes to its order. The id of the call stays: the row has it,
    and each byte of an order's history costs."""
    cause = cause_in(signal)
    said = {name: value for name, value in signal.items() if name != "cause"}
    if cause is not None and cause.traceparent is not None:
        said["cause"] = {"traceparent": cause.traceparent}
    return said


@asynccontextmanager
async def _answers() -> AsyncIterator[None]:
    """Bound a call as a whole: the SDK's own time limits do not while the server is away.

    Raises:
        GatewayError: what Temporal says, or its silence, in the words of this door.
    """
    try:
        async with asyncio.timeout(BUDGET_SECONDS):
            yield
    except RPCError as error:
        # It has ended or was never there: only the database can tell which.
        if temporal.is_unknown(error):
            raise NoSuchWorkflow from error
        if error.status in OF_THIS_CALL:
            raise Refused(error.status.name) from error
        raise Away(f"{temporal.trouble(error)}: {error.status.name}") from error
    except (RuntimeError, TimeoutError) as error:  # a client that does not reach it says the former
        raise Away(temporal.AWAY) from error
