"""What a life leaves in Temporal: events, bytes, tasks."""

from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from workflows.order import workflow_id


@dataclass(frozen=True)
class History:
    """An ended workflow, by its server's own figures."""

    events: int
    bytes: int
    workflow_tasks: int


async def of_order(client: Client, order_id: str) -> History:
    """Return the history of an order's workflow, once it has ended."""
    handle = client.get_workflow_handle(workflow_id(order_id))
    await handle.result()
    described = (await handle.describe()).raw_description.workflow_execution_info
    tasks = [
        event
        async for event in handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    return History(described.history_length, described.history_size_bytes, len(tasks))
