"""What is done every night: the reconciliation, and an hour and a half later the pruning."""

import asyncio
from collections.abc import Callable
from functools import partial

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

from workflows.order import TASK_QUEUE
from workflows.pruning import PruningWorkflow
from workflows.reconciliation import ReconciliationWorkflow

SCHEDULE_ID = "reconciliation"
HOUR = 3
"""Of the day in UTC."""

PRUNING_ID = "pruning"
PRUNING_AT = (4, 30)
"""Hour and minute in UTC: after the proof, of which the pruning depends."""

LOOK_AGAIN_SECONDS = 3600.0
PAUSE_SECONDS = 5.0

log = structlog.get_logger()


async def keep_scheduled(client: Client) -> None:
    """See to it until cancelled that the schedules are there: at once, and every hour again, since
    Temporal's store may have been lost meanwhile."""
    while True:
        pause = LOOK_AGAIN_SECONDS
        try:
            await schedule(client)
            log.info("reconciliation scheduled", id=SCHEDULE_ID)
            log.info("pruning scheduled", id=PRUNING_ID)
        except Exception as error:  # whatever it was: nobody waits for this task
            log.warning("nights not scheduled", because=str(error)[:200])
            pause = PAUSE_SECONDS
        await asyncio.sleep(pause)


async def schedule(client: Client) -> None:
    """Have everything looked at and pruned each night, once however many ask for it. Of a schedule
    that is there, what an operator did to it (paused it, say) is kept.

    Raises:
        RPCError: Temporal refuses or does not answer.
    """
    for name, described in ((SCHEDULE_ID, nightly), (PRUNING_ID, nightly_pruning)):
        try:
            await client.create_schedule(name, described())
        except ScheduleAlreadyRunningError:
            handle = client.get_schedule_handle(name)
            await handle.update(partial(_as_of_today, described))


def nightly() -> Schedule:
    """Return the schedule of the reconciliation: every day at `HOUR`."""
    action = ScheduleActionStartWorkflow(
        ReconciliationWorkflow.run,
        id=SCHEDULE_ID,
        task_queue=TASK_QUEUE,
        static_summary="Proves the books and compares every order with its workflow",
    )
    return _daily(action, HOUR, 0)


def nightly_pruning() -> Schedule:
    """Return the schedule of the pruning: every day at `PRUNING_AT`."""
    action = ScheduleActionStartWorkflow(
        PruningWorkflow.run,
        id=PRUNING_ID,
        task_queue=TASK_QUEUE,
        static_summary="Removes what has been kept for long enough",
    )
    return _daily(action, *PRUNING_AT)


def _daily(action: ScheduleActionStartWorkflow, hour: int, minute: int) -> Schedule:
    """Return a schedule; a run is left out while the one before lasts."""
    at = ScheduleCalendarSpec(hour=[ScheduleRange(hour)], minute=[ScheduleRange(minute)])
    return Schedule(
        action=action,
        spec=ScheduleSpec(calendars=[at]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )


async def _as_of_today(
    described: Callable[[], Schedule], found: ScheduleUpdateInput
) -> ScheduleUpdate:
    now = described()
    # An operator's pause is in the state; what is scheduled, and when, is this release's.
    now.state = found.description.schedule.state
    return ScheduleUpdate(now)
