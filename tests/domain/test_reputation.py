"""A seller's reputation: what each ending counts as, the rate, its bands and its window."""

from datetime import timedelta

import pytest

from domain.order import Order
from domain.reputation import SHOWN_FROM, VISIBILITY, WINDOW, Band, Reputation
from domain.vocabulary import Action, Count, Role, TimerEffect, Window
from tests.domain.acts import PAY_SELLER, REFUND, about, decided, silent, split
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    MEDIATOR,
    OPERATOR,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SOON,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_refused,
    revision_requested,
    until,
)

COMPLETED, CANCELLED, NOTHING = Count.COMPLETED, Count.CANCELLED, None
ENDINGS: dict[str, tuple[Order, Count | None]] = {
    "the buyer completes": (decided(delivered(), Action.COMPLETE, BUYER), COMPLETED),
    "the review runs out": (silent(delivered(), SOON + SECOND).order, COMPLETED),
    "the decision runs out": (silent(revision_refused(), SOON + SECOND).order, COMPLETED),
    "the seller does not answer": (silent(pending(), SOON + SECOND).order, NOTHING),
    "the buyer withdraws": (decided(pending(), Action.CANCEL, BUYER), NOTHING),
    "the seller declines": (decided(pending(), Action.CANCEL, SELLER), NOTHING),
    "the operator cancels before": (decided(pending(), Action.CANCEL, OPERATOR), NOTHING),
    "the operator cancels after": (decided(in_progress(), Action.CANCEL, OPERATOR), NOTHING),
    "the operator cancels a late one": (decided(late(), Action.CANCEL, OPERATOR), NOTHING),
    "the operator cancels a dispute": (decided(disputed(), Action.CANCEL, OPERATOR), NOTHING),
    "the buyer cancels a late one": (decided(late(), Action.CANCEL, BUYER), CANCELLED),
    "the seller cancels the work": (decided(in_progress(), Action.CANCEL, SELLER), CANCELLED),
    "the seller cancels a late one": (decided(late(), Action.CANCEL, SELLER), CANCELLED),
    "the seller cancels a delivery": (decided(delivered(), Action.CANCEL, SELLER), CANCELLED),
    "the seller cancels a revision": (
        decided(revision_requested(), Action.CANCEL, SELLER),
        CANCELLED,
    ),
    "the seller cancels an overdue answer": (
        decided(answer_overdue(), Action.CANCEL, SELLER),
        CANCELLED,
    ),
    "the seller cancels after refusing": (
        decided(revision_refused(), Action.CANCEL, SELLER),
        CANCELLED,
    ),
    "a mediator refunds": (decided(disputed(), Action.RESOLVE, MEDIATOR, REFUND), CANCELLED),
    "a mediator pays the seller": (
        decided(disputed("mona"), Action.RESOLVE, MEDIATOR, PAY_SELLER),
        COMPLETED,
    ),
    "a mediator splits": (decided(disputed(), Action.RESOLVE, MEDIATOR, split(1999)), COMPLETED),
    "the seller accepts a settlement": (
        decided(delivered(settlements=(BUYERS_PROPOSAL,)), Action.ACCEPT_SETTLEMENT, SELLER),
        COMPLETED,
    ),
    "the buyer accepts a settlement in a dispute": (
        decided(
            disputed(settlements=(SELLERS_PROPOSAL,)),
            Action.ACCEPT_SETTLEMENT,
            BUYER,
            about("by-seller"),
        ),
        COMPLETED,
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_counts_as(ending: str) -> None:
    order, expected = ENDINGS[ending]
    assert order.outcome is not None
    assert expected is order.outcome.counts_as


def test_an_order_that_runs_counts_as_nothing_yet() -> None:
    strict = until(SOON, Role.BUYER, Window.DECISION, TimerEffect.OPEN_DISPUTE)
    assert silent(revision_refused(deadline=strict), SOON + SECOND).order.outcome is None


@pytest.mark.parametrize(
    ("completed", "cancelled", "rate", "band", "visibility"),
    [
        (0, 0, None, None, 1.0),
        (4, 0, None, None, 1.0),
        (0, 4, None, None, 1.0),
        (2, 2, None, None, 1.0),
        (5, 0, 1.0, Band.GREEN, 1.0),
        (0, 5, 0.0, Band.RED, 0.5),
        (9, 1, 0.9, Band.GREEN, 1.0),
        (90, 10, 0.9, Band.GREEN, 1.0),
        (899, 101, 0.899, Band.ORANGE, 0.8),
        (8999, 1001, 0.8999, Band.ORANGE, 0.8),
        (17, 3, 0.85, Band.ORANGE, 0.8),
        (85, 15, 0.85, Band.ORANGE, 0.8),
        (849, 151, 0.849, Band.RED, 0.5),
        (4, 1, 0.8, Band.RED, 0.5),
        (6, 1, 0.8571, Band.ORANGE, 0.8),
        (1, 2 * SHOWN_FROM, 0.0909, Band.RED, 0.5),
    ],
)
def test_the_rate_is_completed_among_all_and_its_band_gives_the_visibility(
    completed: int, cancelled: int, rate: float | None, band: Band | None, visibility: float
) -> None:
    reputation = Reputation(completed=completed, cancelled=cancelled)
    assert (rate, band, visibility) == (
        reputation.completion_rate,
        reputation.band,
        reputation.visibility,
    )


@pytest.mark.parametrize("ended", [100_000, 99_999, 7, 20, 10_000_000])
def test_the_bands_are_exact_to_the_order_however_many_there_are(ended: int) -> None:
    for percent, above, below in ((90, Band.GREEN, Band.ORANGE), (85, Band.ORANGE, Band.RED)):
        enough = -(-ended * percent // 100)
        assert above is Reputation(completed=enough, cancelled=ended - enough).band
        one_less = Reputation(completed=enough - 1, cancelled=ended - enough + 1)
        assert below is one_less.band or ended < 20


@pytest.mark.parametrize(
    ("count", "expected"), [(COMPLETED, (10, 1)), (CANCELLED, (9, 2)), (NOTHING, (9, 1))]
)
def test_one_more_shows_what_an_ending_would_do(
    count: Count | None, expected: tuple[int, int]
) -> None:
    before = Reputation(completed=9, cancelled=1)
    after = before.with_one_more(count)
    assert expected == (after.completed, after.cancelled)
    assert (9, 1) == (before.completed, before.cancelled)


def test_one_cancellation_can_cost_the_band_before_it_is_made() -> None:
    before = Reputation(completed=9, cancelled=1)
    assert (Band.GREEN, Band.RED) == (before.band, before.with_one_more(CANCELLED).band)


def test_the_fifth_ended_order_is_the_first_that_shows() -> None:
    four = Reputation(completed=4, cancelled=0)
    assert (None, None) == (four.completion_rate, four.with_one_more(NOTHING).completion_rate)
    assert 0.8 == four.with_one_more(CANCELLED).completion_rate


def test_half_a_year_counts_and_each_band_has_its_visibility() -> None:
    assert timedelta(days=180) == WINDOW
    assert {None, *Band} == set(VISIBILITY)
