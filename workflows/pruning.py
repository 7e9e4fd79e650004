"""The nightly pruning: what has been kept for long enough is removed, a little at a time."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.heartbeat import HEARTBEAT
    from activities.pruning import Pruned, PruningActivities
    from domain.operator_text import counted
    from workflows import options


@workflow.defn(name="PruningWorkflow")
class PruningWorkflow:
    """A night's removal of expired keys, and of requests and deliveries of orders long ended."""

    @workflow.run
    async def run(self) -> Pruned:
        """Return what was removed.

        Raises:
            ActivityError: the database did not answer in all the time that a night has.
        """
        pruned: Pruned = await workflow.execute_activity_method(
            PruningActivities.prune, **options.pruning(HEARTBEAT)
        )
        workflow.set_current_details(in_words(pruned))
        return pruned


def in_words(pruned: Pruned) -> str:
    """Say the result in Markdown."""
    removed = ", ".join(
        (
            counted(pruned.keys, "idempotency key"),
            counted(pruned.requests, "request"),
            counted(pruned.deliveries, "message record"),
        )
    )
    left = "" if pruned.is_all else " The night was too short for the rest, the next one goes on."
    return f"**Removed**: {removed}.{left}"
