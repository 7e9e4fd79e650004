"""The queue on which orders wait for a worker: how long it is, and who goes before the rest."""

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import Priority, WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client

from workflows.order import TASK_QUEUE, workflow_id

FIRST = 1
"""The priority of an order that somebody acts on while many wait. Others have the usual 3."""

CROWD = 30
"""So many orders that wait are more than people's own: about a second's work of one worker."""


async def length(client: Client) -> int:
    """Return about how many orders wait for a worker, as Temporal counts them."""
    found = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            report_stats=True,
        )
    )
    return found.stats.approximate_backlog_count


async def put_first(client: Client, order_id: str) -> None:
    """Have what an order is told from now on go to workers before what others wait with."""
    await client.workflow_service.update_workflow_execution_options(
        UpdateWorkflowExecutionOptionsRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(order_id)),
            workflow_execution_options=WorkflowExecutionOptions(
                priority=Priority(priority_key=FIRST)
            ),
            update_mask=FieldMask(paths=["priority"]),
        )
    )
