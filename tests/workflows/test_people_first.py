"""Who is put first goes before what others wait with."""

from statistics import median

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from infra import order_queue
from tests.app_under_test import eventually
from tests.workflows.stage import ACCEPT, FORGETFUL, Case, Stage, failures, of_kind

WAITING = 60
ACTING = 5
"""Those who come last and are put first. Temporal keeps to priorities but for deviations, which are
the larger the less it gets of a processor: one of them may come late."""


async def waiting(stage: Stage, orders: int) -> list[Case]:
    """Orders that have been begun and wait for somebody."""
    async with stage.working(**FORGETFUL):
        cases = [await stage.order() for _ in range(orders)]
        for case in cases:
            await case.rests()
    return cases


async def all_in_line(stage: Stage) -> None:
    """Waits until Temporal has brought all of them to the queue: who comes when others have been
    given out already was never before them."""
    asked = DescribeTaskQueueRequest(
        namespace=stage.client.namespace,
        task_queue=TaskQueue(name=stage.queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        report_stats=True,
    )

    async def in_line() -> int:
        queue = await stage.client.workflow_service.describe_task_queue(asked, retry=True)
        return sum(one.approximate_backlog_count for one in queue.stats_by_priority_key.values())

    await eventually(in_line, lambda found: found >= WAITING)


async def test_who_is_put_first_does_not_wait_behind_the_others(unmanned: Stage) -> None:
    cases = await waiting(unmanned, WAITING)
    others, acting = cases[:-ACTING], cases[-ACTING:]
    for case in others:
        await case.by_hand(*ACCEPT)
    for case in acting:
        await order_queue.put_first(unmanned.client, case.id)
        await case.by_hand(*ACCEPT)
    await all_in_line(unmanned)
    async with unmanned.working(**FORGETFUL, max_concurrent_workflow_tasks=1):
        for case in cases:
            await case.entries(1)
        for case in acting:
            await case.rests()
    in_turn = sorted(cases, key=lambda case: case.journal[0].at)
    assert median(map(in_turn.index, acting)) < WAITING / 2
    for case in acting:
        history = await case.history()
        assert [] == failures(history)
        assert 1 == len(of_kind(history, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"))
