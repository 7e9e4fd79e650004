"""What Temporal shows of an order's workflow, and what the workflow says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import ValidationError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
)
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.converter import decode_typed_search_attributes
from temporalio.service import RPCError

from db.audit import OrderSnapshot
from infra.temporal import is_unknown
from workflows import notifications
from workflows.attributes import ORDER_STATE
from workflows.order import OrderWorkflow, workflow_id

ANSWERS_WITHIN = timedelta(seconds=5)
TRIES = 2
"""How often a workflow's task may be tried before it is said to fail: a worker that dies with one
in hand costs it a try."""

RUNNING = "running"
MISSING = "missing"
COMPLETED = "completed"
ENDS = {COMPLETED, "failed", "canceled", "terminated", "timed out", "continued as new"}
"""What the status of a workflow is called that will do nothing any more."""


@dataclass(frozen=True)
class WorkflowStatus:
    """A workflow as Temporal has it, an order's mostly.

    `status` is what its status is called, `state` its search attribute; it `fails` where its task
    does, again and again. `version` is the order's by the workflow's own account, None where it was
    not asked. `untold` are the steps of the order with messages that no workflow sends.
    """

    status: str
    state: str | None = None
    fails: bool = False
    version: int | None = None
    is_mute: bool = False
    untold: Sequence[int] = ()

    @property
    def runs(self) -> bool:
        """Return whether somebody could signal the workflow."""
        return self.status == RUNNING

    @property
    def is_over(self) -> bool:
        """Return whether there is none that could ever go on."""
        return self.status == MISSING or self.status in ENDS


async def workflow_status(client: Client, order_id: str) -> WorkflowStatus:
    """Return what Temporal shows of an order's workflow.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    return await status_of(client, workflow_id(order_id))


async def status_of(client: Client, name: str) -> WorkflowStatus:
    """Return what Temporal shows of the workflow of this id.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    found = await _described(client, name)
    if found is None:
        return WorkflowStatus(MISSING)
    info = found.workflow_execution_info
    shown = decode_typed_search_attributes(info.search_attributes)
    fails = found.pending_workflow_task.attempt > TRIES
    return WorkflowStatus(_word(info.status), shown.get(ORDER_STATE), fails)


async def with_query(
    client: Client, snapshot: OrderSnapshot, found: WorkflowStatus, *, worker_polls: bool
) -> WorkflowStatus:
    """Return the status with the order workflow's own version, which stays None where no worker
    could answer, and with the steps that people are to be told of and are not.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    untold = [seq for seq in snapshot.telling if not await _is_told(client, snapshot.order.id, seq)]
    return replace(
        await _at_step(client, snapshot, found, worker_polls=worker_polls), untold=untold
    )


async def runs(client: Client, name: str) -> bool:
    """Return whether the workflow of this id runs."""
    found = await _described(client, name)
    return found is not None and _word(found.workflow_execution_info.status) == RUNNING


async def _is_told(client: Client, order_id: str, seq: int) -> bool:
    return await runs(client, notifications.workflow_id(order_id, seq))


async def _at_step(
    client: Client, snapshot: OrderSnapshot, found: WorkflowStatus, *, worker_polls: bool
) -> WorkflowStatus:
    """Ask the workflow at which step it is: it alone knows, and only a worker can answer for it."""
    if not found.runs or found.fails or not worker_polls or snapshot.order.state.is_final:
        return found
    handle = client.get_workflow_handle(workflow_id(snapshot.order.id))
    try:
        order = await handle.query(OrderWorkflow.order, rpc_timeout=ANSWERS_WITHIN)
    except (WorkflowQueryFailedError, RPCError, ValidationError):
        return replace(found, is_mute=True)
    return replace(found, version=order.version)


async def _described(client: Client, name: str) -> DescribeWorkflowExecutionResponse | None:
    """Return the server's own answer: the client's fails on a status newer than itself."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=name)
    )
    try:
        return await client.workflow_service.describe_workflow_execution(request, retry=True)
    except RPCError as error:
        if is_unknown(error):
            return None
        raise


def _word(status: "WorkflowExecutionStatus.ValueType") -> str:
    try:
        name = WorkflowExecutionStatus.Name(status)
    except ValueError:
        return f"in a state that this release does not know ({status})"
    return name.removeprefix("WORKFLOW_EXECUTION_STATUS_").lower().replace("_", " ")
