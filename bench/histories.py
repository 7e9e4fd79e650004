"""What a life leaves in Temporal: events, bytes, tasks, and workflows beside the order's own."""

from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from workflows import notifications
from workflows.order import workflow_id


@dataclass(frozen=True)
class History:
    """An ended workflow, by its server's own figures."""

    events: int
    bytes: int
    workflow_tasks: int

    def __add__(self, other: "History") -> "History":
        return History(
            self.events + other.events,
            self.bytes + other.bytes,
            self.workflow_tasks + other.workflow_tasks,
        )


async def of_order(client: Client, order_id: str) -> History:
    """Return the history of an order's workflow, once it has ended."""
    return await of_workflow(client, workflow_id(order_id))


async def of_workflow(client: Client, name: str) -> History:
    """Return the history of a workflow, once it has ended."""
    handle = client.get_workflow_handle(name)
    await handle.result()
    described = (await handle.describe()).raw_description.workflow_execution_info
    tasks = [
        event
        async for event in handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    return History(described.history_length, described.history_size_bytes, len(tasks))


async def told_beside(client: Client, order_id: str, steps: int) -> int:
    """Return how many workflows tell people of an order's first steps."""
    names = (notifications.workflow_id(order_id, seq) for seq in range(1, steps + 1))
    wanted = " OR ".join(f"WorkflowId = '{name}'" for name in names)
    return (await client.count_workflows(wanted)).count
