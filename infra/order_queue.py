"""The queue on which orders wait for a worker: who goes before the rest."""

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio import common
from temporalio.api.common.v1 import Priority, WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionOptionsRequest
from temporalio.client import Client

from workflows.order import workflow_id

_FIRST = 1
FIRST = common.Priority(priority_key=_FIRST)
"""The priority of an order that somebody acts on while many wait. Others have the usual 3."""


async def put_first(client: Client, order_id: str) -> None:
    """Have what an order is told from now on go to workers before what others wait with."""
    await client.workflow_service.update_workflow_execution_options(
        UpdateWorkflowExecutionOptionsRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(order_id)),
            workflow_execution_options=WorkflowExecutionOptions(
                priority=Priority(priority_key=_FIRST)
            ),
            update_mask=FieldMask(paths=["priority"]),
        )
    )
