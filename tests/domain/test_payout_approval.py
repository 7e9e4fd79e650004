"""A large payout waits for a second person, in one piece or in several."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.payments import PayoutState
from domain.payout_approval import (
    LET_GO,
    SEEN_TOGETHER,
    NeededApproval,
    Unapproved,
    needed_approval,
)

ABOVE = 5_000
SINCE = datetime(2026, 11, 30, 10, tzinfo=UTC)


def others(amount: int, count: int = 1) -> Unapproved:
    """What went before."""
    return Unapproved(amount, count, SINCE)


@pytest.mark.parametrize(
    ("amount", "before"),
    [(1, None), (ABOVE, None), (1, others(ABOVE - 1)), (2_000, others(3_000, 3))],
)
def test_up_to_the_amount_nobody_has_to_approve(amount: int, before: Unapproved | None) -> None:
    assert needed_approval(amount, before, ABOVE) is None


@pytest.mark.parametrize("before", [None, others(1), others(ABOVE, 2)])
def test_what_is_above_it_is_so_by_itself_whatever_went_before(before: Unapproved | None) -> None:
    assert needed_approval(ABOVE + 1, before, ABOVE) == NeededApproval(ABOVE, None)


@pytest.mark.parametrize(
    ("amount", "before"),
    [(1, others(ABOVE)), (ABOVE, others(1)), (2_001, others(3_000, 3)), (1, others(9_000, 2))],
)
def test_parts_that_are_above_it_together_are_not_let_go_one_by_one(
    amount: int, before: Unapproved
) -> None:
    assert needed_approval(amount, before, ABOVE) == NeededApproval(ABOVE, before)


def test_where_the_amount_is_nothing_every_payout_is_above_it() -> None:
    assert needed_approval(1, None, 0) == NeededApproval(0, None)


@pytest.mark.parametrize("before", [None, others(10**10)])
def test_without_an_amount_nobody_has_to_approve_anything(before: Unapproved | None) -> None:
    assert needed_approval(10**10, before, None) is None


def test_a_day_is_looked_at_and_what_has_left_and_is_not_back() -> None:
    assert timedelta(days=1) == SEEN_TOGETHER
    assert {PayoutState.PENDING, PayoutState.PAID} == set(LET_GO)
