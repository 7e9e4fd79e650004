"""Buying an extra: its price goes into escrow, and the time to deliver grows by its own."""

from datetime import datetime, timedelta

import pytest

from domain.actions import BuyExtra
from domain.order import Order
from domain.rules import as_of, decide
from domain.vocabulary import Action, Role, State, TimerEffect, Window
from tests.domain.acts import (
    decided,
    paid,
    taken,
    why_not,
    wish,
)
from tests.domain.examples import (
    BUYER,
    BUYERS_WALLET,
    DAY,
    ESCROW,
    EXPRESS,
    HOUR,
    NOW,
    SELLER,
    SOON,
    SOURCES,
    delivered,
    in_progress,
    late,
    pending,
    revision_refused,
    runs_out,
    until,
)

MINUTE = timedelta(minutes=1)
SHORT = EXPRESS.model_copy(update={"delivery_time": MINUTE})


def bought(order: Order, extra_id: str = "express") -> Order:
    """The order with that extra, bought by its buyer at NOW."""
    return decided(order, Action.BUY_EXTRA, BUYER, BuyExtra(extra_id=extra_id))


def times(order: Order) -> tuple[datetime | None, datetime | None]:
    """When the order is due, and when its deadline runs out."""
    return order.due_at, runs_out(order)


def test_its_price_goes_from_the_wallet_into_escrow_once_a_line() -> None:
    (posting,) = taken(decide(delivered(), wish(Action.BUY_EXTRA, BUYER), NOW)).postings
    assert {BUYERS_WALLET: -500, ESCROW: 500} == paid(posting)
    assert "order:o1:hold:express" == posting.key
    assert "hold" == posting.kind


def test_it_becomes_a_line_of_the_order_and_is_for_sale_no_more() -> None:
    order = bought(delivered())
    assert [("logo", "service", 2000), ("express", "extra", 500)] == [
        (line.id, line.kind, line.price) for line in order.lines
    ]
    assert (SOURCES,) == order.extras
    assert 2500 == order.total


@pytest.mark.parametrize("order", [pending(), late(), delivered(), revision_refused()])
def test_it_cannot_be_bought_twice(order: Order) -> None:
    once = bought(order)
    refusal = why_not(once, Action.BUY_EXTRA, BUYER, BuyExtra(extra_id="express"))
    assert "action-not-allowed" == refusal.code
    why = "This extra has been bought already; each extra can be bought once per order."
    assert why == refusal.detail


def test_one_that_the_service_does_not_have_is_an_invalid_request() -> None:
    refusal = why_not(delivered(), Action.BUY_EXTRA, BUYER, BuyExtra(extra_id="gold"))
    assert "invalid-request" == refusal.code
    assert "extra_id: this order's service has no such extra." == refusal.detail


def test_when_pending_the_seller_still_has_the_same_time_to_accept() -> None:
    before = pending()
    after = bought(before)
    assert State.PENDING is after.state
    assert before.deadline == after.deadline


def test_when_pending_its_delivery_time_counts_from_the_acceptance() -> None:
    accepted = decided(bought(pending(), "sources"), Action.ACCEPT, SELLER)
    assert (NOW + 5 * DAY, NOW + 5 * DAY) == times(accepted)


def test_in_progress_the_due_date_moves_by_its_delivery_time() -> None:
    after = bought(in_progress())
    assert State.IN_PROGRESS is after.state
    assert (SOON + DAY, SOON + DAY) == times(after)


def test_two_of_them_move_the_due_date_by_both_their_times() -> None:
    after = bought(bought(in_progress()), "sources")
    assert (SOON + 3 * DAY, SOON + 3 * DAY) == times(after)


def test_a_late_order_that_gets_time_again_is_not_late_any_more() -> None:
    after = bought(late())
    assert not after.is_late
    assert (NOW - HOUR + DAY, NOW - HOUR + DAY) == times(after)


def test_a_late_order_whose_new_due_date_has_passed_too_is_still_late() -> None:
    after = bought(late(extras=(SHORT,)))
    assert after.is_late
    assert (NOW - HOUR + MINUTE, None) == times(after)


@pytest.mark.parametrize("order", [delivered(), revision_refused()])
def test_after_a_delivery_the_work_starts_again_for_its_delivery_time(order: Order) -> None:
    after = bought(order)
    assert State.IN_PROGRESS is after.state
    assert (NOW + DAY, NOW + DAY) == times(after)


def test_after_a_refused_revision_the_decision_is_not_waited_for_any_more() -> None:
    deadline = bought(revision_refused()).deadline
    assert deadline is not None
    assert "delivery" == deadline.reason
    assert TimerEffect.LATE == deadline.on_expiry


def test_one_bought_in_time_counts_even_if_carried_out_after_the_new_due_date() -> None:
    """Bought at 10:00, due 10:30 and then 11:30; the workers were down until 12:00. A cancellation
    received at 11:00 must find the order not late."""
    half_past = NOW + 30 * MINUTE
    before = in_progress(
        due_at=half_past,
        deadline=until(half_past, Role.SELLER, Window.DELIVERY, TimerEffect.LATE),
        extras=(EXPRESS.model_copy(update={"delivery_time": HOUR}),),
    )
    after = taken(decide(before, wish(Action.BUY_EXTRA, BUYER), NOW + 2 * HOUR)).order
    assert not as_of(after, NOW + HOUR).is_late
