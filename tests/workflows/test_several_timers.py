"""Several windows of one order that end in any order, each at its own instant."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from domain.order import Order
from domain.vocabulary import State
from tests.domain.examples import DAY, delivered, in_progress, revision_refused
from tests.workflows.stage import FORGETFUL, Case, Stage, fresh, of_kind, offer_until, wish_until

MINUTE = timedelta(minutes=1)
ENDS = ("order.late", "order.offer_lapsed", "order.cancellation_unanswered")
ORDERS = list(permutations(ENDS))


def named(ends: tuple[str, ...]) -> str:
    """A test's name for an order of ends."""
    return " - ".join(end.split(".")[1] for end in ends)


def with_ends(at: dict[str, datetime]) -> Order:
    """An order in progress that has three windows, and no reminder."""
    due, lapses, answer = (at[end] for end in ENDS)
    order = in_progress(
        due_at=due, offer=offer_until(lapses), cancellation_request=wish_until(answer)
    )
    return fresh(order, due)


async def all_over(case: Case) -> None:
    """Asserts that nothing runs any more and that the order is well."""
    order = case.order
    assert (True, None, None) == (order.is_late, order.deadline, order.offer)
    await case.rests()
    await case.is_well()


@pytest.mark.parametrize("ends", ORDERS, ids=named)
async def test_each_window_ends_at_its_instant(ends: tuple[str, ...], skipping: Stage) -> None:
    now = await skipping.now()
    at = {end: now + number * DAY for number, end in enumerate(ends, 1)}
    case = await skipping.start(with_ends(at))
    for end in ends:
        event = await case.after(DAY, end)
        assert at[end] < event.at < at[end] + MINUTE
    assert list(ends) == case.events
    await all_over(case)


@pytest.mark.parametrize("ends", ORDERS, ids=named)
async def test_windows_that_ended_while_nobody_worked_end_in_their_order(
    ends: tuple[str, ...], deserted: Stage
) -> None:
    async with deserted.working(**FORGETFUL):
        now = await deserted.now()
        instants = (now + DAY + number * timedelta(milliseconds=20) for number in range(3))
        case = await deserted.start(with_ends(dict(zip(ends, instants, strict=True))))
        await case.happened("TIMER_STARTED")
    await case.outage(DAY + timedelta(milliseconds=80))
    async with deserted.working():
        await case.entries(3)
        assert list(ends) == case.events
        await all_over(case)


async def test_windows_that_end_together_each_end_once(skipping: Stage) -> None:
    now = await skipping.now()
    case = await skipping.start(with_ends(dict.fromkeys(ENDS, now + DAY)))
    await skipping.sleep(DAY)
    await case.entries(3)
    await skipping.sleep(30 * DAY)
    assert sorted(ENDS) == sorted(event or "" for event in case.events)
    await all_over(case)


@pytest.mark.parametrize("hours", [-1, 1], ids=["after the offer", "before the offer"])
@pytest.mark.parametrize("example", [delivered(), revision_refused()], ids=lambda o: o.state)
async def test_the_end_of_an_order_takes_its_other_windows_along(
    example: Order, hours: int, skipping: Stage
) -> None:
    now = await skipping.now()
    offer = offer_until(now + 2 * DAY + timedelta(hours=hours), remind_at=now + DAY)
    case = await skipping.start(fresh(example.model_copy(update={"offer": offer}), now + 2 * DAY))
    await case.after(DAY, "order.offer_reminder")
    assert State.COMPLETED == (await case.handle.result()).kind
    lapsed = ["order.offer_lapsed"] if hours < 0 else []
    assert ["order.offer_reminder", *lapsed, "order.completed"] == case.events
    assert 1600 == case.seller_got


async def test_one_timer_runs_at_a_time_and_it_is_the_next(skipping: Stage) -> None:
    now = await skipping.now()
    at = {end: now + number * DAY for number, end in enumerate(ENDS, 1)}
    case = await skipping.start(with_ends(at))
    for end in ENDS:
        await case.after(DAY, end)
    await case.rests()
    history = await case.history()
    timers = of_kind(history, "TIMER_STARTED")
    assert (3, 3) == (len(timers), len(of_kind(history, "TIMER_FIRED")))
    for timer, due in zip(timers, sorted(at.values()), strict=True):
        length = timer.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        fires = timer.event_time.ToDatetime(due.tzinfo) + length
        assert due < fires < due + MINUTE
