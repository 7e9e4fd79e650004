"""The limit for holding an order's money, on a server that skips time."""

from datetime import datetime, timedelta
from typing import Any

from domain.order import DEADLINE_ACTOR, Order
from domain.vocabulary import Action, Code, State, Window
from tests.domain.examples import BUYER, DAY, HOUR, MEDIATOR, SELLER, delivered, disputed, late
from tests.domain.held import AHEAD, held_until, of
from tests.workflows.stage import Case, Stage, brought_to, fresh

WARNING, LIMIT_REACHED = "order.holding_reminder", "order.holding_limit_reached"


async def until_limit(stage: Stage, order: Order) -> datetime:
    """Lets time pass until the order's money can be held no longer; gives that instant."""
    limit_at = of(order).limit_at
    await stage.sleep(limit_at - await stage.now() + HOUR)
    return limit_at


async def a_late_order(stage: Stage, left: timedelta) -> Case:
    """Work that is late, on an order with so much time left to its limit."""
    return await stage.start(fresh(held_until(await stage.now() + left, late)))


def hers(**changes: Any) -> Order:
    """A case that a mediator has."""
    return disputed("mona", **changes)


async def test_operators_are_warned_three_times_and_then_a_person_decides(skipping: Stage) -> None:
    case = await a_late_order(skipping, AHEAD["late"] + 20 * DAY)
    safe, limit_at = of(case.order).last_safe_at, of(case.order).limit_at
    for number, before in enumerate((14 * DAY, 7 * DAY, 2 * DAY), start=1):
        await skipping.sleep(safe - before - await skipping.now() + HOUR)
        assert [WARNING] * number == [one.event for one in await case.entries(number)]
    await until_limit(skipping, case.order)
    order = await case.stands(lambda order: order.state is State.DISPUTED)
    assert [WARNING, WARNING, WARNING, "order.dispute_opened"] == case.events[:4]
    assert order.lapse is not None
    assert order.dispute is not None
    assert (limit_at, Window.HOLDING) == (order.lapse.at, order.lapse.reason)
    assert DEADLINE_ACTOR == order.dispute.opened_by
    assert (0, 0) == (case.buyer_got, case.seller_got)
    await case.is_well()


async def test_a_case_that_reaches_the_limit_is_told_of_once_and_ends_once(skipping: Stage) -> None:
    order = held_until(await skipping.now() + DAY, hers)
    case = await skipping.start(fresh(order, await skipping.now() + 300 * DAY))
    await case.entries(1)
    await until_limit(skipping, case.order)
    await case.entries(2)
    assert [WARNING, LIMIT_REACHED] == case.events
    assert (State.DISPUTED, order.dispute) == (case.order.state, case.order.dispute)
    await skipping.sleep(100 * DAY)
    assert 1 == len(case.of_event(LIMIT_REACHED))
    again = await case.does(
        Action.RESOLVE, MEDIATOR, outcome="restart", delivery_time="PT1S", reasons="Go on."
    )
    assert Code.ACTION_NOT_ALLOWED == again.code
    await brought_to(case, (Action.RESOLVE, MEDIATOR))
    await case.handle.result()
    assert 1600 == case.seller_got


async def test_what_ends_by_its_own_deadline_before_the_limit_warns_nobody(skipping: Stage) -> None:
    now = await skipping.now()
    order = held_until(now + 7 * DAY + AHEAD["delivered"], delivered)
    case = await skipping.start(fresh(order, now + 7 * DAY))
    await case.handle.result()
    assert ["order.completed"] == case.events


async def test_a_request_that_was_written_before_the_limit_counts(skipping: Stage) -> None:
    """The workers were away over the limit; what was asked for in time goes first."""
    case = await a_late_order(skipping, 2 * DAY)
    await case.entries(1)
    case.writes(Action.CANCEL, BUYER, await skipping.now())
    await until_limit(skipping, case.order)
    outcome = await case.handle.result()
    assert (State.CANCELLED, 2000) == (outcome.kind, case.buyer_got)


async def test_a_request_that_was_written_after_the_limit_comes_too_late(skipping: Stage) -> None:
    case = await a_late_order(skipping, HOUR)
    await until_limit(skipping, case.order)
    delivery = await case.does(Action.DELIVER, SELLER, message="Here it is.")
    assert Code.DEADLINE_PASSED == delivery.code
    await case.is_well()
