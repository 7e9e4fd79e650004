"""Refusals: which of several reasons is told, in what words, and that nothing changes."""

import pytest

from domain.rules import decide
from domain.vocabulary import Action
from tests.domain.acts import (
    decided,
    dispute_by_silence,
    refused,
    split,
    taken,
    why_not,
    wish,
)
from tests.domain.examples import (
    BUYER,
    MEDIATOR,
    NOW,
    OPERATOR,
    SELLER,
    SITUATIONS,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_requested,
)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_deciding_leaves_the_order_that_it_was_asked_about_as_it_was(situation: str) -> None:
    order = SITUATIONS[situation]
    before = order.model_dump_json()
    for action in Action:
        for actor in (BUYER, SELLER, MEDIATOR, OPERATOR):
            decide(order, wish(action, actor), NOW)
    assert before == order.model_dump_json()


@pytest.mark.parametrize("seen", [0, 6, 8])
def test_an_act_on_another_version_than_the_order_s_is_refused(seen: int) -> None:
    refusal = refused(decide(delivered(), wish(Action.COMPLETE, BUYER, if_version=seen), NOW))
    assert "version-mismatch" == refusal.code
    assert (
        f"The order has moved on from version {seen} to 7; read it again before deciding."
        == refusal.detail
    )


def test_an_act_on_the_version_that_the_person_saw_counts() -> None:
    step = taken(decide(delivered(), wish(Action.COMPLETE, BUYER, if_version=7), NOW))
    assert 8 == step.order.version


def test_what_is_never_theirs_is_forbidden_whatever_version_they_saw() -> None:
    stale = wish(Action.COMPLETE, SELLER, if_version=6)
    assert "forbidden" == refused(decide(delivered(), stale, NOW)).code


def test_who_saw_another_version_is_told_so_before_anything_about_the_state() -> None:
    stale = wish(Action.COMPLETE, BUYER, if_version=6)
    assert "version-mismatch" == refused(decide(pending(), stale, NOW)).code


def test_a_refusal_says_where_the_order_stands_and_where_the_action_is_possible() -> None:
    assert (
        "The order is pending; complete is possible in: "
        "delivered, revision_requested, revision_refused."
        == why_not(pending(), Action.COMPLETE, BUYER).detail
    )


def test_a_refusal_by_a_lapse_says_when_the_time_ran_out_and_where_the_order_is_now() -> None:
    assert (
        "The time for this ran out at 2026-11-23 09:00:00 UTC; the order is completed now."
        == why_not(SITUATIONS["decision_lapsed"], Action.OPEN_DISPUTE, BUYER).detail
    )


def test_a_forbidden_action_says_whose_it_is() -> None:
    assert (
        "cancel is for the order's seller or buyer or operator."
        == why_not(pending(), Action.CANCEL, MEDIATOR).detail
    )


def test_a_party_that_acts_as_a_mediator_is_told_that_it_cannot() -> None:
    the_seller = MEDIATOR.model_copy(update={"id": "sam"})
    assert (
        "A party to the order cannot act on it as mediator."
        == why_not(disputed(), Action.ASSIGN, the_seller).detail
    )


def test_a_buyer_who_cancels_too_early_is_told_that_the_order_is_not_late() -> None:
    assert "not late" in why_not(in_progress(), Action.CANCEL, BUYER).detail


def test_a_buyer_who_calls_the_mediator_too_early_is_told_that_the_seller_has_time() -> None:
    refusal = why_not(revision_requested(), Action.OPEN_DISPUTE, BUYER)
    assert "still has time to answer" in refusal.detail


def test_a_mediator_is_told_that_another_has_the_case() -> None:
    refusal = why_not(disputed("milo"), Action.RESOLVE, MEDIATOR)
    assert "Another mediator has taken this case." == refusal.detail


def test_a_late_delivery_does_not_make_the_answer_to_a_revision_overdue() -> None:
    handed_over = decided(late(), Action.DELIVER, SELLER)
    asked = decided(handed_over, Action.REQUEST_REVISION, BUYER)
    assert "action-not-allowed" == why_not(asked, Action.OPEN_DISPUTE, BUYER).code


def test_an_overdue_answer_does_not_make_the_revision_late() -> None:
    again = decided(answer_overdue(), Action.ACCEPT_REVISION, SELLER)
    assert "action-not-allowed" == why_not(again, Action.CANCEL, BUYER).code


def test_a_lapse_counts_while_a_mediator_takes_the_case() -> None:
    assigned = decided(dispute_by_silence(), Action.ASSIGN, MEDIATOR)
    assert "deadline-passed" == why_not(assigned, Action.COMPLETE, BUYER).code


def test_a_lapse_is_forgotten_once_a_person_has_moved_the_order_on() -> None:
    settled = decided(dispute_by_silence(), Action.RESOLVE, MEDIATOR, split(500))
    assert "action-not-allowed" == why_not(settled, Action.COMPLETE, BUYER).code
