"""Having an order's steps written: on the worker that decided them first, then patiently."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.steps import StepActivities
    from domain.command import Refusal
    from domain.ledger import PostingKind
    from domain.operator_text import WHAT_MONEY_DOES
    from domain.order import Order
    from domain.step import Changed, Recorded, Step, Stored, ToRecord
    from workflows import options

ONE_TYPE = 1
"""The generation since which one type of activity writes every step."""

HERE_FIRST = 3
"""The generation since which a step is tried on the worker that decided it."""

PAUSE_AFTER_FAILURE = timedelta(seconds=5)

Given = TypeVar("Given")
Gives = TypeVar("Gives")
StepActivity = Callable[[StepActivities, ToRecord], Awaitable[Recorded | Changed]]

BEFORE_GENERATIONS: dict[PostingKind, StepActivity] = {
    kind: getattr(StepActivities, name) for kind, name in WHAT_MONEY_DOES.items()
}
"""The activities of runs of generation 0."""


async def write(record: ToRecord, summary: str, before: Order, generation: int) -> Recorded:
    """Return the database's answer to a step or a refusal on the order `before`, in a run of this
    generation."""
    does = _activity_for(generation, record.verdict)
    # What is tried here lies in no history but for its answer: it may bring the order along.
    here = record.model_copy(update={"before": before}) if generation >= HERE_FIRST else None
    answer = await _until_done(does, record, summary, here)
    return answer.applied_to(before) if isinstance(answer, Changed) else answer


async def read(order_id: str, generation: int) -> Stored:
    """Return the order and its undecided requests, in a run of this generation."""
    here = order_id if generation >= HERE_FIRST else None
    summary = "catches up with the database"
    return await _until_done(StepActivities.read_order, order_id, summary, here)


async def _until_done(
    does: Callable[[StepActivities, Given], Awaitable[Gives]],
    given: Given,
    summary: str,
    here: Given | None,
) -> Gives:
    """Return what an activity gives, however long that takes; it is tried with `here` first. A
    cancellation that comes meanwhile is taken up afterwards."""
    if here is not None:
        try:
            return await workflow.execute_local_activity_method(
                does, here, **options.step_here(summary)
            )
        # Written or not, the database says which when it is asked again.
        except (FailureError, asyncio.CancelledError):
            said = "a step was not done here, it is left to any worker"
            workflow.logger.info(said, extra=_about(given))
    # For ever: an order that gives up stands still, and a step is never written twice.
    while True:
        try:
            return await workflow.execute_activity_method(does, given, **options.step(summary))
        except (FailureError, asyncio.CancelledError) as error:
            # Cancelled, it may have been written or not: the database says which.
            if not is_cancelled_exception(error):
                said = "a step could not be recorded, trying again"
                workflow.logger.warning(said, extra=_about(given))
                await _pause()


def _about(given: object) -> dict[str, str | None]:
    """Return what a line of the log says of what was to be written."""
    if not isinstance(given, ToRecord):
        return {}
    return {"action": given.entry.action, "order_request": given.entry.request_id}


async def _pause() -> None:
    try:
        await workflow.sleep(PAUSE_AFTER_FAILURE)
    except asyncio.CancelledError:
        return


def _activity_for(generation: int, verdict: Step | Refusal) -> StepActivity:
    # A replay decides again, by the rules of then or now, and Temporal compares the types.
    if generation >= ONE_TYPE:
        return StepActivities.record_step
    if isinstance(verdict, Refusal):
        return StepActivities.record_refusal
    kinds = [posting.kind for posting in verdict.postings]
    return BEFORE_GENERATIONS[kinds[0]] if kinds else StepActivities.record_step
