"""Who is put first goes before what others wait with."""

from infra import order_queue
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


async def test_who_is_put_first_does_not_wait_behind_the_others(unmanned: Stage) -> None:
    *others, last = await waiting(unmanned, WAITING)
    for case in others:
        await case.by_hand(*ACCEPT)
    await order_queue.put_first(unmanned.client, last.id)
    await last.by_hand(*ACCEPT)
    async with unmanned.working(**FORGETFUL, max_concurrent_workflow_tasks=1):
        for case in (*others, last):
            await case.entries(1)
        await last.rests()
    in_turn = sorted((*others, last), key=lambda case: case.journal[0].at)
    assert last in in_turn[:A_FEW]
    history = await last.history()
    assert [] == failures(history)
    assert 1 == len(of_kind(history, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"))
