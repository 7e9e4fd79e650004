"""What the clock is moved to next is what the orders wait for, by the rules that they act by."""

from datetime import timedelta
from typing import Any

import pytest

from db.clock import NEXT_TIMER
from db.pool import Pool, connection
from domain.order import Holding, Order
from domain.rules import as_of
from domain.timers import next_timer
from domain.vocabulary import CancellationStatus, TimerEffect, Window
from tests.domain.examples import (
    DAY,
    NOW,
    SITUATIONS,
    asked_to_cancel,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    wish_to_cancel,
)
from tests.domain.held import held_for

SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)


def asked(status: CancellationStatus = CancellationStatus.ASKED, **changes: Any) -> Order:
    return asked_to_cancel(cancellation_request=wish_to_cancel(status, **changes))


ORDERS = {
    **SITUATIONS,
    "offered": delivered(offer=offer(lapses_at=SOON)),
    "offered, to be reminded": delivered(offer=offer(lapses_at=LATER, remind_at=SOON)),
    "asked": asked(answer_by=SOON),
    "asked, to be reminded": asked(answer_by=LATER, remind_at=SOON),
    "held": held_for(DAY, in_progress),
    "held, soon no longer": held_for(timedelta(minutes=5), delivered),
    "held, to be warned": held_for(40 * DAY, late),
    "held, warned for the last time": held_for(40 * DAY, late).model_copy(
        update={"holding": Holding(limit_at=LATER, last_safe_at=SOON)}
    ),
    "held, in a case": held_for(timedelta(minutes=5), disputed),
    "held no longer": as_of(held_for(-DAY, late), NOW),
    "refused": asked(CancellationStatus.REFUSED, answer_by=SOON),
    "unanswered": asked(CancellationStatus.UNANSWERED, answer_by=SOON),
}


@pytest.mark.parametrize("name", ORDERS)
async def test_the_database_knows_the_next_timer_of_an_order(pool: Pool, name: str) -> None:
    order: Order = ORDERS[name]
    timer = next_timer(order)
    async with connection(pool) as acquired:
        at = await acquired.fetchval(f"SELECT {NEXT_TIMER} FROM (SELECT $1::jsonb AS doc) o", order)
    assert (timer and timer.at) == at


def test_every_kind_of_timer_is_among_them() -> None:
    nearest = {
        (timer.window, timer.effect) for order in ORDERS.values() if (timer := next_timer(order))
    }
    assert {
        (Window.OFFER, TimerEffect.LAPSE_OFFER),
        (Window.OFFER, TimerEffect.REMIND),
        (Window.CANCELLATION_ANSWER, TimerEffect.LEAVE_CANCELLATION_UNANSWERED),
        (Window.CANCELLATION_ANSWER, TimerEffect.REMIND),
        (Window.DELIVERY, TimerEffect.LATE),
        (Window.REVIEW, TimerEffect.COMPLETE),
        (Window.HOLDING, TimerEffect.OPEN_DISPUTE),
        (Window.HOLDING, TimerEffect.REMIND),
    } <= nearest
