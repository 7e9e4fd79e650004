"""*Reset*, to the first and to a middle workflow task, with and without the signals that came
since, between steps and during one that moves money: nothing is doubled, and what is left behind
is brought to where the database is."""

import pytest

from db.pool import connection
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest
from tests.operators import SIGNALS, reset_to, tasks
from tests.reconcile.conftest import REST, OrderUnderRepair, under_repair

FIRST, MIDDLE = 0.0, 0.5
POINTS = pytest.mark.parametrize("point", [FIRST, MIDDLE], ids=["first", "middle"])
EXCLUDED = pytest.mark.parametrize(
    "excluded", [(), (SIGNALS,)], ids=["with its signals", "without its signals"]
)


async def reset(order: OrderUnderRepair, point: float, excluded: tuple[int, ...] = ()) -> None:
    """To the task that lies so far along the current history."""
    found = await tasks(order.app.temporal, order.handle.id)
    chosen = found[int(point * (len(found) - 1))]
    await reset_to(order.app.temporal, order.handle.id, chosen.event_id, *excluded)


async def is_brought_back(order: OrderUnderRepair, point: float, excluded: tuple[int, ...]) -> None:
    """Asserts that the order is where it was after a reset, and after a repair if it needs one."""
    before = await order.in_play.now()
    await reset(order, point, excluded)
    await order.rests()
    if await order.ailments(patience=0 if excluded else PATIENCE_SECONDS):
        assert excluded, "signals that came since bring an order to where it was by themselves"
        await order.repaired()
    assert before == await order.in_play.now()


@EXCLUDED
@pytest.mark.parametrize("state", REST)
async def test_an_order_that_waits_is_brought_back_and_paid(
    app: AppUnderTest, state: str, excluded: tuple[int, ...]
) -> None:
    order = await under_repair(app, state)
    for point in (MIDDLE, FIRST):
        await is_brought_back(order, point, excluded)
        await order.is_sound()
    await order.ends_paid()


@EXCLUDED
@POINTS
async def test_money_that_is_on_its_way_arrives_once(
    app: AppUnderTest, point: float, excluded: tuple[int, ...]
) -> None:
    order = await under_repair(app, "delivered")
    async with order.under_way("complete", order.in_play.buyer):
        await reset(order, point, excluded)
    await order.settles("completed")
    await order.rests()
    if await order.ailments(patience=5 if excluded else PATIENCE_SECONDS):
        await order.repaired()
    await order.ends_paid()


@EXCLUDED
@POINTS
async def test_an_order_that_has_ended_ends_again_and_pays_nobody(
    app: AppUnderTest, point: float, excluded: tuple[int, ...]
) -> None:
    order = await under_repair(app, "completed")
    before = await order.in_play.now()
    await reset(order, point, excluded)
    await order.rests()
    if await order.ailments(patience=0 if excluded else PATIENCE_SECONDS):
        await order.repaired()
    assert before == await order.in_play.now()
    await order.ends_paid()


async def signal_again(order: OrderUnderRepair) -> None:
    """What the relay does that does not know that a request was signalled and decided."""
    async with connection(order.app.pool) as acquired:
        request_id = await acquired.fetchval(
            "SELECT request_id FROM requests WHERE order_id = $1", order.id
        )
    await order.handle.signal("accept", {"request_id": request_id})


async def test_an_order_behind_in_the_same_state_is_named_by_its_step(app: AppUnderTest) -> None:
    order = await under_repair(app, "in_progress")
    await signal_again(order)  # which leads to a task in which nothing asks the database
    await order.rests()
    proposal = {"refund": {"amount": 500, "currency": "EUR"}}
    await order.in_play.act("propose_settlement", order.in_play.buyer, proposal)
    await order.rests()
    before = list(await tasks(app.temporal, order.handle.id))[-2]
    await reset_to(app.temporal, order.handle.id, before.event_id, SIGNALS)
    await order.rests()
    assert [one.problem for one in await order.ailments()] == [
        "is at step 3 and its workflow at step 2"
    ]
    await order.repaired()
    await order.ends_paid()


async def test_a_reset_of_a_terminated_order_is_another_way_back(app: AppUnderTest) -> None:
    order = await under_repair(app, "revision_refused")
    await order.handle.terminate("by mistake")
    await reset(order, 1.0)
    await order.ends_paid()
    assert await order.journal() == []
