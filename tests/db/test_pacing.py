"""Deadlines that are late take turns while people act, and hold up nobody meanwhile."""

import asyncio
from datetime import timedelta

import pytest

from activities.pacing import ACTING_SECONDS, GAP_SECONDS, LONGEST_SECONDS, OVERDUE, Pace
from activities.steps import StepActivities, to_nobody
from db.pool import Pool
from domain.vocabulary import State
from tests.callers import eventually
from tests.db.market import Market, completion, expiry, now

LATE = timedelta(seconds=30)
IN_LINE = 10


class Watch:
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self.shows = 1_000.0

    def __call__(self) -> float:
        return self.shows


class Told(Pace):
    """A pace that keeps what it is told, and makes deadlines wait for so many seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.acts = 0
        self.late: list[timedelta] = []
        self._seconds = seconds

    def somebody_acts(self) -> None:
        """A person's step came."""
        self.acts += 1

    def seconds_until_turn(self, late: timedelta) -> float:
        """A deadline came."""
        self.late.append(late)
        return self._seconds


@pytest.fixture
def watch() -> Watch:
    """The clock of the pace."""
    return Watch()


@pytest.fixture
def pace(watch: Watch) -> Pace:
    """A pace by that clock."""
    return Pace(watch)


def turns(pace: Pace, late: timedelta = LATE) -> list[float]:
    """When those have their turns that come at once."""
    return [pace.seconds_until_turn(late) for _ in range(IN_LINE)]


def test_while_nobody_acts_each_has_its_turn_at_once(pace: Pace) -> None:
    assert turns(pace) == [0.0] * IN_LINE


def test_while_somebody_acts_they_come_one_by_one(pace: Pace) -> None:
    pace.somebody_acts()
    assert turns(pace) == pytest.approx([number * GAP_SECONDS for number in range(IN_LINE)])


def test_one_that_has_just_passed_waits_for_nobody(pace: Pace) -> None:
    pace.somebody_acts()
    turns(pace)
    assert turns(pace, OVERDUE - timedelta(milliseconds=1)) == [0.0] * IN_LINE


def test_some_time_after_the_last_act_nobody_waits(pace: Pace, watch: Watch) -> None:
    pace.somebody_acts()
    turns(pace)
    watch.shows += ACTING_SECONDS
    assert turns(pace) == [0.0] * IN_LINE


def test_turns_that_nobody_took_are_not_made_up_for(pace: Pace, watch: Watch) -> None:
    pace.somebody_acts()
    watch.shows += ACTING_SECONDS / 2
    assert turns(pace)[:2] == pytest.approx([0.0, GAP_SECONDS])


def test_however_many_come_none_waits_for_longer_than_a_first_try_bears(pace: Pace) -> None:
    pace.somebody_acts()
    waits = [pace.seconds_until_turn(LATE) for _ in range(1_000)]
    assert max(waits) == LONGEST_SECONDS


async def test_people_and_deadlines_are_told_apart(market: Market, pool: Pool) -> None:
    told = Told()
    steps = StepActivities(pool, to_nobody, told)
    await steps.record_step(completion(await market.order(State.DELIVERED)))
    assert (told.acts, told.late) == (1, [])
    order = await market.order(State.DELIVERED, deadline_at=now() - LATE)
    answer = await steps.record_step(expiry(order))
    assert (told.acts, answer.status) == (1, "recorded")
    (late,) = told.late
    assert LATE <= late < 2 * LATE


async def test_who_waits_for_a_turn_holds_no_connection(market: Market, pool: Pool) -> None:
    told = Told(seconds=3_600.0)
    order = await market.order(State.DELIVERED, deadline_at=now() - LATE)
    waits = asyncio.create_task(StepActivities(pool, to_nobody, told).record_step(expiry(order)))

    async def asked() -> int:
        return len(told.late)

    await eventually(asked, bool)
    assert pool.get_idle_size() == pool.get_size()
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
