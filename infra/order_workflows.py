"""The workflow of an order: how it is begun, and how it is made to look at the database."""

from uuid import UUID

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain.clock import ClockReading
from domain.generation import GENERATION
from domain.operator_text import WHERE_IT_STANDS, people_in_words
from domain.order import Order
from infra import temporal
from workflows import attributes
from workflows.order import TASK_QUEUE, OrderWorkflow, workflow_id
from workflows.start import OrderStart


async def begin(
    client: Client,
    order: Order,
    clock: ClockReading | None = None,
    priority: Priority = Priority.default,
) -> None:
    """Start the order's workflow unless it ever had one. Where the clock can be moved, it is told
    how that is set."""
    try:
        # Not one that has ended: what an operator stopped on purpose stays stopped until a repair.
        reuse = WorkflowIDReusePolicy.REJECT_DUPLICATE
        await _start(client, order, clock, reuse, priority=priority)
    except WorkflowAlreadyStartedError:
        return


async def catch_up(client: Client, order: Order, clock: ClockReading | None = None) -> None:
    """Have the order's workflow read the database; where none runs, start one that does, as `begin`
    would."""
    again = WorkflowIDReusePolicy.ALLOW_DUPLICATE
    await _start(client, order, clock, again, OrderWorkflow.catch_up.__name__)


def order_of(name: str) -> UUID | None:
    """Return of which order a workflow of this name is; None where somebody started one under a
    name of their own."""
    try:
        order_id = UUID(name.removeprefix(workflow_id("")))
    except ValueError:
        return None
    return order_id if workflow_id(str(order_id)) == name else None


async def latest_run(client: Client, order_id: str) -> str:
    """Return the id of the latest run of the order's workflow, whatever became of it.

    Raises:
        RPCError: there is none, or Temporal does not answer.
    """
    return await temporal.latest_run(client, workflow_id(order_id))


async def _start(
    client: Client,
    order: Order,
    clock: ClockReading | None,
    reuse: WorkflowIDReusePolicy,
    signal: str | None = None,
    priority: Priority = Priority.default,
) -> None:
    await client.start_workflow(
        OrderWorkflow.run,
        OrderStart(order=order, generation=GENERATION, clock=clock),
        id=workflow_id(order.id),
        task_queue=TASK_QUEUE,
        id_reuse_policy=reuse,
        # One that runs is left as it is, and gets the signal: one call, and no gap in between.
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=attributes.of(order),
        start_signal=signal,
        priority=priority,
        static_summary=people_in_words(order),
        static_details=WHERE_IT_STANDS,
    )
