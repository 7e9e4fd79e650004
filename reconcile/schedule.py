"""The schedule of the nightly reconciliation."""

import asyncio

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from workflows.order import TASK_QUEUE
from workflows.reconciliation import ReconciliationWorkflow

SCHEDULE_ID = "reconciliation"
HOUR = 3
"""Of the day in UTC."""

LOOK_AGAIN_SECONDS = 3600.0
PAUSE_SECONDS = 5.0

log = structlog.get_logger()


async def keep_scheduled(client: Client) -> None:
    """See to it until cancelled that the schedule is there: at once, and every hour again, since
    Temporal's store may have been lost meanwhile."""
    while True:
        pause = LOOK_AGAIN_SECONDS
        try:
            await schedule(client)
            log.info("reconciliation scheduled", id=SCHEDULE_ID)
        except (RPCError, RuntimeError) as error:
            log.warning("reconciliation not scheduled", because=str(error)[:200])
            pause = PAUSE_SECONDS
        await asyncio.sleep(pause)


async def schedule(client: Client) -> None:
    """Have everything looked at each night, once however many ask for it. Of a schedule that is
    there, what an operator did to it (paused it, say) is kept.

    Raises:
        RPCError: Temporal refuses or does not answer.
    """
    try:
        await client.create_schedule(SCHEDULE_ID, nightly())
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE_ID).update(_as_of_today)


def nightly() -> Schedule:
    """Return the schedule: every day at `HOUR`; a run is left out while the one before lasts."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ReconciliationWorkflow.run,
            id=SCHEDULE_ID,
            task_queue=TASK_QUEUE,
            static_summary="Proves the books and compares every order with its workflow",
        ),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)])]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )


async def _as_of_today(found: ScheduleUpdateInput) -> ScheduleUpdate:
    now = nightly()
    # An operator's pause is in the state; what is scheduled, and when, is this release's.
    now.state = found.description.schedule.state
    return ScheduleUpdate(now)
