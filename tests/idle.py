"""What a workflow has in hand, as Temporal has it."""

from temporalio.client import WorkflowExecutionDescription


def is_idle(found: WorkflowExecutionDescription) -> bool:
    """Whether a workflow has nothing under way."""
    raw = found.raw_description
    return not raw.HasField("pending_workflow_task") and not raw.pending_activities
