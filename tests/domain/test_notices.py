"""Who is told of a step, and under which name."""

import pytest

from domain.order import Actor, Order
from domain.rules import decide, expire
from domain.vocabulary import Action, OnExpiry, Role, Window
from tests.domain.acts import RESTART, taken, wish
from tests.domain.examples import (
    BUYER,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SOON,
    delivered,
    disputed,
    in_progress,
    pending,
    revision_refused,
    revision_requested,
    until,
)

PARTIES = {(Role.BUYER, "bea"), (Role.SELLER, "sam")}
ALL_MEDIATORS = (Role.MEDIATOR, None)
MONA = (Role.MEDIATOR, "mona")


def told(order: Order, action: Action, actor: Actor) -> tuple[str, set[tuple[Role, str | None]]]:
    """The event and the people who hear of it."""
    step = taken(decide(order, wish(action, actor), NOW))
    return step.event, {(notice.role, notice.user_id) for notice in step.notices}


@pytest.mark.parametrize(
    ("order", "action", "actor", "event"),
    [
        (pending(), Action.ACCEPT, SELLER, "order.accepted"),
        (in_progress(), Action.DELIVER, SELLER, "order.delivered"),
        (delivered(), Action.REQUEST_REVISION, BUYER, "order.revision_requested"),
        (revision_requested(), Action.ACCEPT_REVISION, SELLER, "order.revision_accepted"),
        (revision_requested(), Action.REFUSE_REVISION, SELLER, "order.revision_refused"),
        (revision_refused(), Action.COMPLETE, BUYER, "order.completed"),
        (revision_refused(), Action.BUY_EXTRA, BUYER, "order.extra_bought"),
        (revision_refused(), Action.CANCEL, SELLER, "order.cancelled"),
    ],
)
def test_without_a_dispute_both_parties_are_told(
    order: Order, action: Action, actor: Actor, event: str
) -> None:
    assert (event, PARTIES) == told(order, action, actor)


def test_of_a_new_dispute_all_mediators_are_told_too() -> None:
    expected = ("order.dispute_opened", PARTIES | {ALL_MEDIATORS})
    assert expected == told(revision_refused(), Action.OPEN_DISPUTE, BUYER)


def test_of_a_dispute_that_silence_opened_all_mediators_are_told_too() -> None:
    at_once = until(SOON, Role.BUYER, Window.DECISION, OnExpiry.OPEN_DISPUTE)
    step = expire(revision_refused(deadline=at_once), SOON + SECOND)
    assert "order.dispute_opened" == step.event
    expected = PARTIES | {ALL_MEDIATORS}
    assert expected == {(notice.role, notice.user_id) for notice in step.notices}


def test_that_a_mediator_took_the_case_is_told_to_the_parties_and_to_the_mediator() -> None:
    assert ("order.dispute_assigned", PARTIES | {MONA}) == told(disputed(), Action.ASSIGN, MEDIATOR)


def test_of_a_ruling_the_parties_and_the_mediator_are_told() -> None:
    expected = ("order.dispute_resolved", PARTIES | {MONA})
    assert expected == told(disputed("mona"), Action.RESOLVE, MEDIATOR)


def test_an_operator_s_cancellation_of_a_free_case_is_told_to_the_parties() -> None:
    assert ("order.cancelled", PARTIES) == told(disputed(), Action.CANCEL, OPERATOR)


@pytest.mark.parametrize(
    ("order", "event"),
    [
        (pending(), "order.cancelled"),
        (in_progress(), "order.late"),
        (delivered(), "order.completed"),
        (revision_requested(), "order.answer_overdue"),
        (revision_refused(), "order.completed"),
    ],
)
def test_of_what_silence_did_both_parties_are_told(order: Order, event: str) -> None:
    step = expire(order, SOON + SECOND)
    assert event == step.event
    assert PARTIES == {(notice.role, notice.user_id) for notice in step.notices}


def test_of_a_dispute_that_nobody_takes_mediators_and_operators_are_told() -> None:
    step = expire(disputed(), SOON + SECOND)
    assert "order.dispute_escalated" == step.event
    expected = {ALL_MEDIATORS, (Role.OPERATOR, None)}
    assert expected == {(notice.role, notice.user_id) for notice in step.notices}


def test_after_a_restart_the_order_does_not_concern_the_mediator_any_more() -> None:
    restarted = taken(decide(disputed("mona"), wish(Action.RESOLVE, MEDIATOR, RESTART), NOW)).order
    assert ("order.delivered", PARTIES) == told(restarted, Action.DELIVER, SELLER)
