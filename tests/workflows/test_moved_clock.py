"""An order whose clock can be moved goes by what it is told; any other goes by Temporal's, whatever
it is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.clock import ClockReading
from domain.vocabulary import Action, State
from tests.domain.examples import SELLER
from tests.workflows.stage import Stage
from workflows.clock import MOVE_CLOCK

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
async def stage(temporal_server: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """One stage for all of them."""
    stage = Stage(temporal_server)
    async with stage.working():
        yield stage


async def test_an_order_without_such_a_clock_refuses_to_be_moved(stage: Stage) -> None:
    case = await stage.order()
    reading = ClockReading(moves=1, shift=9_000 * DAY).model_dump(mode="json")
    await case.handle.signal(MOVE_CLOCK, reading)
    await case.entries(1)
    assert [f"!{MOVE_CLOCK}"] == case.told
    accepted = await case.does(Action.ACCEPT, SELLER)
    assert (True, State.IN_PROGRESS) == (accepted.accepted, case.order.state)


@pytest.mark.parametrize(
    "junk",
    [
        None,
        [],
        {},
        "tomorrow",
        {"moves": 9, "shift": "P9999999D"},
        {"moves": 9, "shift": 1e300},
        {"moves": 9, "stands_at": "2126-01-01T00:00:00"},
        {"moves": 9, "stands_at": "infinity"},
        {"moves": "many"},
    ],
)
async def test_nothing_that_it_is_told_harms_an_order_whose_clock_can_be_moved(
    stage: Stage, junk: Any
) -> None:
    case = await stage.order(clock=ClockReading(moves=1))
    await case.handle.signal(MOVE_CLOCK, junk)
    accepted = await case.does(Action.ACCEPT, SELLER)
    assert (True, ["accept"]) == (accepted.accepted, case.told)
    await case.is_well()


async def test_a_reading_that_is_older_is_forgotten(stage: Stage) -> None:
    case = await stage.order(clock=ClockReading(moves=5))
    old = ClockReading(moves=4, shift=9 * DAY)
    await case.handle.signal(MOVE_CLOCK, old)
    before = await stage.now()
    await case.does(Action.ACCEPT, SELLER)
    assert case.order.due_at is not None
    assert case.order.due_at < before + case.order.delivery_time + DAY


async def test_what_people_do_is_judged_by_the_moved_clock(stage: Stage) -> None:
    case = await stage.order(clock=ClockReading(moves=1))
    await case.handle.signal(MOVE_CLOCK, ClockReading(moves=2, shift=-9 * DAY))
    before = await stage.now()
    await case.does(Action.ACCEPT, SELLER)
    assert case.order.due_at is not None
    assert case.order.due_at < before + case.order.delivery_time - 8 * DAY
