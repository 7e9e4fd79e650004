"""What operators do by hand, as the Web UI does it."""

from collections.abc import Sequence
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

SIGNALS = ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL


async def reset_to(client: Client, workflow_id: str, event_id: int, *excluded: int) -> str:
    """Resets the workflow's current run to just after this event; gives the new run's id."""
    current = await client.get_workflow_handle(workflow_id).describe()
    answer = await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=current.run_id),
            reason="by hand",
            workflow_task_finish_event_id=event_id,
            request_id=str(uuid4()),
            reset_reapply_exclude_types=[
                ResetReapplyExcludeType.ValueType(kind) for kind in excluded
            ],
        ),
        retry=True,
    )
    return answer.run_id


async def tasks(client: Client, workflow_id: str) -> Sequence[HistoryEvent]:
    """The points of the current run that it can be reset to."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    done = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return [event for event in history.events if event.event_type == done]
