"""Revisions that a service includes: counted when they are accepted, and no more than promised."""

import pytest

from domain.order import Order
from domain.rules import allowed
from domain.vocabulary import Action, State
from tests.domain.acts import decided, why_not
from tests.domain.examples import (
    BUYER,
    SELLER,
    delivered,
    in_progress,
    revision_refused,
    revision_requested,
)

REVISE, ACCEPT, REFUSE = (
    Action.REQUEST_REVISION,
    Action.ACCEPT_REVISION,
    Action.REFUSE_REVISION,
)


def revised(order: Order) -> Order:
    """A delivered order after a round of revision, delivered again."""
    asked = decided(order, REVISE, BUYER)
    return decided(decided(asked, ACCEPT, SELLER), Action.DELIVER, SELLER)


@pytest.mark.parametrize("included", [0, 1, 2, 1000])
def test_as_many_may_be_asked_for_as_are_included(included: int) -> None:
    order = delivered(revisions_included=included, revisions_used=max(0, included - 2))
    for _ in range(min(included, 2)):
        assert REVISE in allowed(order, BUYER)
        order = revised(order)
    assert included == order.revisions_used
    assert REVISE not in allowed(order, BUYER)
    assert "action-not-allowed" == why_not(order, REVISE, BUYER).code


def test_without_a_number_there_is_no_limit() -> None:
    order = delivered(revisions_used=10_000)
    assert 10_001 == revised(order).revisions_used


def test_an_order_from_before_has_no_limit_and_has_used_none() -> None:
    stored = delivered().model_dump(exclude={"revisions_included", "revisions_used"})
    order = Order.model_validate(stored)
    assert (None, 0, None) == (
        order.revisions_included,
        order.revisions_used,
        order.revisions_left,
    )
    assert REVISE in allowed(order, BUYER)


def test_the_refusal_names_the_ways_on() -> None:
    order = delivered(revisions_included=1, revisions_used=1)
    refusal = why_not(order, REVISE, BUYER)
    assert "buy_extra" in refusal.detail
    assert "request_offer" in refusal.detail
    assert {Action.BUY_EXTRA, Action.REQUEST_OFFER} <= set(allowed(order, BUYER))


def test_one_is_used_up_when_the_seller_accepts_and_by_nothing_else() -> None:
    order = delivered(revisions_included=2)
    asked = decided(order, REVISE, BUYER)
    assert 0 == asked.revisions_used
    turned_down = decided(asked, REFUSE, SELLER)
    assert (State.REVISION_REFUSED, 0) == (turned_down.state, turned_down.revisions_used)
    assert 0 == decided(asked, Action.COMPLETE, BUYER).revisions_used
    assert 1 == decided(asked, ACCEPT, SELLER).revisions_used


@pytest.mark.parametrize("order", [revision_refused(), delivered(), in_progress()])
def test_more_work_that_is_paid_for_uses_up_no_revision(order: Order) -> None:
    limited = order.model_copy(update={"revisions_included": 1, "revisions_used": 1})
    bought = decided(limited, Action.BUY_EXTRA, BUYER)
    again = decided(bought, Action.DELIVER, SELLER)
    assert (1, 0) == (again.revisions_used, again.revisions_left)


def test_one_that_was_asked_for_in_time_is_answered_though_it_is_the_last() -> None:
    order = revision_requested(revisions_included=1)
    assert 0 == decided(order, ACCEPT, SELLER).revisions_left
