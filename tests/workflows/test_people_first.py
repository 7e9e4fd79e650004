"""Who is put first goes before what others wait with."""

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from infra import order_queue
from tests.app_under_test import eventually
from tests.workflows.stage import ACCEPT, FORGETFUL, Case, Stage, failures, of_kind

WAITING = 60
A_FEW = 10
"""Temporal keeps to priorities but for small deviations."""


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
        queue = await stage.client.workflow_service.describe_task_queue(asked)
        return sum(one.approximate_backlog_count for one in queue.stats_by_priority_key.values())

    await eventually(in_line, lambda found: found >= WAITING)


async def test_who_is_put_first_does_not_wait_behind_the_others(unmanned: Stage) -> None:
    *others, last = await waiting(unmanned, WAITING)
    for case in others:
        await case.by_hand(*ACCEPT)
    await order_queue.put_first(unmanned.client, last.id)
    await last.by_hand(*ACCEPT)
    await all_in_line(unmanned)
    async with unmanned.working(**FORGETFUL, max_concurrent_workflow_tasks=1):
        for case in (*others, last):
            await case.entries(1)
        await last.rests()
    in_turn = sorted((*others, last), key=lambda case: case.journal[0].at)
    assert last in in_turn[:A_FEW]
    history = await last.history()
    assert [] == failures(history)
    assert 1 == len(of_kind(history, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"))
