"""A buyer's wish that the seller cancels: asked, refused, left unanswered, closed."""

from datetime import datetime

import pytest

from domain.order import Actor, CancellationRequest, Order
from domain.policy import Policy
from domain.rules import allowed, as_of, decide
from domain.vocabulary import Action, CancellationStatus, State
from tests.domain.acts import decided, silent, taken, why_not, wish
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MICROSECOND,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SOON,
    asked_to_cancel,
    in_progress,
    late,
    offer,
    runs_out,
    wish_to_cancel,
)

ASKED, REFUSED = CancellationStatus.ASKED, CancellationStatus.REFUSED
UNANSWERED = CancellationStatus.UNANSWERED


def status(order: Order) -> str | None:
    """Where the wish to cancel stands."""
    asked = order.cancellation_request
    return asked.status if asked else None


def refuse(order: Order) -> Order:
    """The seller has refused."""
    return decided(order, Action.REFUSE_CANCELLATION, SELLER)


def ask(order: Order) -> Order:
    """The buyer has asked."""
    return decided(order, Action.REQUEST_CANCELLATION, BUYER)


@pytest.mark.parametrize("order", [in_progress(), late()])
def test_the_seller_has_48_hours_to_answer(order: Order) -> None:
    expected = CancellationRequest(
        id="request-1",
        status=ASKED,
        asked_at=NOW,
        answer_by=NOW + 48 * HOUR,
        remind_at=NOW + 24 * HOUR,
    )
    assert expected == ask(order).cancellation_request


def test_the_window_is_the_order_s_own() -> None:
    asked = ask(in_progress(policy=Policy(cancellation_answer_window=3 * HOUR)))
    assert asked.cancellation_request is not None
    assert NOW + 3 * HOUR == asked.cancellation_request.answer_by


def test_asking_leaves_the_due_date_and_the_money_alone() -> None:
    before = in_progress()
    step = taken(decide(before, wish(Action.REQUEST_CANCELLATION, BUYER), NOW))
    assert ((), before.deadline) == (step.postings, step.order.deadline)
    assert State.IN_PROGRESS is step.order.state


def test_asking_again_while_it_waits_is_refused_and_starts_no_new_window() -> None:
    assert (
        "action-not-allowed" == why_not(asked_to_cancel(), Action.REQUEST_CANCELLATION, BUYER).code
    )


@pytest.mark.parametrize("given", [REFUSED, UNANSWERED])
def test_after_a_no_or_silence_it_may_be_asked_again(given: CancellationStatus) -> None:
    again = ask(asked_to_cancel(given)).cancellation_request
    assert again is not None
    assert ("request-1", ASKED, NOW + 2 * DAY) == (again.id, again.status, again.answer_by)


def test_before_it_is_answered_no_dispute_can_be_opened() -> None:
    assert "action-not-allowed" == why_not(asked_to_cancel(), Action.OPEN_DISPUTE, BUYER).code


@pytest.mark.parametrize("given", [REFUSED, UNANSWERED])
def test_after_a_no_or_silence_the_buyer_may_open_a_dispute(given: CancellationStatus) -> None:
    after = decided(asked_to_cancel(given), Action.OPEN_DISPUTE, BUYER)
    assert State.DISPUTED is after.state
    assert (None, NOW + 2 * DAY) == (after.cancellation_request, runs_out(after))


@pytest.mark.parametrize("given", [REFUSED, UNANSWERED])
@pytest.mark.parametrize("meanwhile", [[], [Action.BUY_EXTRA], [Action.REQUEST_OFFER]])
def test_asking_again_takes_no_right_away(
    given: CancellationStatus, meanwhile: list[Action]
) -> None:
    again = ask(asked_to_cancel(given))
    for action in meanwhile:
        again = decided(again, action, BUYER)
    assert Action.OPEN_DISPUTE in allowed(again, BUYER)
    assert State.DISPUTED is decided(again, Action.OPEN_DISPUTE, BUYER).state


def test_the_right_goes_with_the_state_that_it_was_gained_in() -> None:
    delivered = decided(ask(asked_to_cancel(UNANSWERED)), Action.DELIVER, SELLER)
    asked_for = decided(delivered, Action.REQUEST_REVISION, BUYER)
    at_work = decided(asked_for, Action.ACCEPT_REVISION, SELLER)
    assert Action.OPEN_DISPUTE not in allowed(at_work, BUYER)
    assert Action.OPEN_DISPUTE not in allowed(ask(at_work), BUYER)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [(SOON - SECOND, ASKED), (SOON, ASKED), (SOON + MICROSECOND, UNANSWERED)],
)
def test_it_is_unanswered_only_after_the_instant(
    instant: datetime, expected: CancellationStatus
) -> None:
    assert expected == status(as_of(asked_to_cancel(), instant))


def test_silence_moves_neither_money_nor_state_nor_due_date() -> None:
    before = asked_to_cancel()
    step = silent(before, SOON + SECOND)
    assert ((), State.IN_PROGRESS) == (step.postings, step.order.state)
    assert (before.deadline, False) == (step.order.deadline, step.order.overdue)


def test_silence_lets_the_buyer_open_a_dispute_and_does_not_open_it() -> None:
    assert Action.OPEN_DISPUTE not in allowed(as_of(asked_to_cancel(), SOON), BUYER)
    assert Action.OPEN_DISPUTE in allowed(as_of(asked_to_cancel(), SOON + SECOND), BUYER)


def test_silence_is_not_a_refusal() -> None:
    ignored = silent(asked_to_cancel(), SOON + SECOND).order
    assert 0 == ignored.cancellation_refusals
    assert State.IN_PROGRESS is refuse(ask(ignored)).state


def test_the_first_refusal_leaves_the_order_in_progress() -> None:
    before = asked_to_cancel()
    after = refuse(before)
    assert (State.IN_PROGRESS, REFUSED, 1) == (
        after.state,
        status(after),
        after.cancellation_refusals,
    )
    assert before.deadline == after.deadline


def test_one_that_was_refused_cannot_be_refused_again() -> None:
    refusal = why_not(refuse(asked_to_cancel()), Action.REFUSE_CANCELLATION, SELLER)
    assert "action-not-allowed" == refusal.code


def test_the_second_refusal_before_any_delivery_opens_the_dispute_by_itself() -> None:
    after = refuse(ask(refuse(asked_to_cancel())))
    assert State.DISPUTED is after.state
    assert NOW + 2 * DAY == runs_out(after)
    assert after.dispute is not None
    assert (BUYER, "request-1") == (after.dispute.opened_by, after.dispute.request_id)
    assert (None, None) == (after.dispute.mediator_id, after.dispute.closed_at)
    assert after.cancellation_request is None


def test_a_dispute_that_opens_by_itself_closes_the_offer() -> None:
    before = asked_to_cancel(cancellation_refusals=1, offer=offer())
    assert (State.DISPUTED, None) == (refuse(before).state, refuse(before).offer)


def test_a_delivery_between_the_refusals_keeps_the_dispute_from_opening_by_itself() -> None:
    delivered_once = decided(refuse(asked_to_cancel()), Action.DELIVER, SELLER)
    revised = decided(
        decided(delivered_once, Action.REQUEST_REVISION, BUYER), Action.ACCEPT_REVISION, SELLER
    )
    again = refuse(ask(revised))
    assert (State.IN_PROGRESS, 2) == (again.state, again.cancellation_refusals)
    assert Action.OPEN_DISPUTE in allowed(again, BUYER)


def test_after_a_delivery_refusals_never_open_a_dispute_by_themselves() -> None:
    order = asked_to_cancel(delivered_before=True)
    for _ in range(3):
        order = ask(refuse(order))
    assert (State.IN_PROGRESS, 3) == (order.state, order.cancellation_refusals)


@pytest.mark.parametrize("given", list(CancellationStatus))
def test_a_delivery_closes_it(given: CancellationStatus) -> None:
    after = decided(asked_to_cancel(given), Action.DELIVER, SELLER)
    assert after.cancellation_request is None
    assert after.delivered_before


def test_one_that_a_delivery_closed_gives_no_dispute_when_the_work_starts_again() -> None:
    after = decided(asked_to_cancel(REFUSED), Action.DELIVER, SELLER)
    again = decided(decided(after, Action.REQUEST_REVISION, BUYER), Action.ACCEPT_REVISION, SELLER)
    assert Action.OPEN_DISPUTE not in allowed(again, BUYER)


@pytest.mark.parametrize("given", list(CancellationStatus))
@pytest.mark.parametrize("actor", [SELLER, OPERATOR])
def test_a_cancellation_grants_it(given: CancellationStatus, actor: Actor) -> None:
    after = decided(asked_to_cancel(given), Action.CANCEL, actor)
    assert (State.CANCELLED, None) == (after.state, after.cancellation_request)


def test_the_buyer_of_a_late_order_cancels_alone_and_needs_no_answer() -> None:
    after = decided(late(cancellation_request=wish_to_cancel()), Action.CANCEL, BUYER)
    assert (State.CANCELLED, None) == (after.state, after.cancellation_request)


def test_a_late_order_stays_late_while_it_is_asked_and_refused() -> None:
    assert ask(late()).is_late
    assert refuse(late(cancellation_request=wish_to_cancel())).is_late


def test_an_extra_bought_meanwhile_leaves_it_waiting() -> None:
    before = asked_to_cancel()
    after = decided(before, Action.BUY_EXTRA, BUYER)
    assert before.cancellation_request == after.cancellation_request


def test_of_two_instants_that_passed_the_earlier_is_carried_out_first() -> None:
    order = in_progress(cancellation_request=wish_to_cancel(answer_by=SOON + HOUR))
    first = silent(order, SOON + DAY)
    second = silent(first.order, SOON + DAY)
    assert ["order.late", "order.cancellation_unanswered"] == [first.event, second.event]
    assert second.order == as_of(order, SOON + DAY)
