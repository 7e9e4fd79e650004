"""Since when an order waits for what it waits for."""

import pytest

from domain.order import Actor, Order
from domain.rules import expire
from domain.standing import mediator_of, since
from domain.vocabulary import Action, State
from tests.domain.acts import decided, silent
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    NOW,
    OPERATOR,
    OTHER_MEDIATOR,
    SELLER,
    SOON,
    delivered,
    disputed,
    ended,
    in_progress,
    late,
    pending,
    revision_requested,
    timer,
)

BEFORE = NOW - DAY
"""Since when the examples wait."""


@pytest.mark.parametrize(
    ("order", "action", "actor"),
    [
        (pending(), Action.ACCEPT, SELLER),
        (delivered(), Action.REQUEST_REVISION, BUYER),
        (delivered(), Action.COMPLETE, BUYER),
        (disputed(), Action.ASSIGN, MEDIATOR),
        (disputed("mona"), Action.RELEASE, MEDIATOR),
        (disputed("mona"), Action.ASSIGN, OPERATOR),
        (disputed("mona"), Action.RESOLVE, MEDIATOR),
    ],
)
def test_a_step_to_another_wait_begins_it(order: Order, action: Action, actor: Actor) -> None:
    after = decided(order, action, actor)
    assert (BEFORE, NOW) == (since(order), since(after))


@pytest.mark.parametrize(
    ("order", "action", "actor"),
    [
        (in_progress(), Action.BUY_EXTRA, BUYER),
        (delivered(), Action.MAKE_OFFER, SELLER),
        (in_progress(), Action.REQUEST_CANCELLATION, BUYER),
        (disputed("mona"), Action.ADD_STATEMENT, SELLER),
        (disputed("milo"), Action.ASSIGN, OPERATOR),
    ],
)
def test_a_step_that_leaves_the_wait_as_it_is_leaves_its_beginning(
    order: Order, action: Action, actor: Actor
) -> None:
    after = decided(order, action, actor)
    assert (BEFORE, NOW) == (since(after), after.updated_at)


def test_an_order_from_before_this_was_kept_waits_since_the_last_step_that_is_known() -> None:
    order = in_progress(standing_since=None)
    assert BEFORE == since(order) == since(decided(order, Action.BUY_EXTRA, BUYER))


@pytest.mark.parametrize("order", [in_progress(), revision_requested()])
def test_what_is_overdue_is_so_since_its_deadline_whenever_that_was_carried_out(
    order: Order,
) -> None:
    after = silent(order, SOON + HOUR).order
    assert (True, SOON) == (after.overdue, since(after))


def test_what_an_overdue_order_does_next_begins_another_wait() -> None:
    assert NOW == since(decided(late(), Action.DELIVER, SELLER))


def test_a_further_target_of_a_case_leaves_since_when_it_is_waited_for() -> None:
    order = disputed("mona")
    assert BEFORE == since(expire(order, timer(order), SOON + HOUR).order)


def test_an_order_that_silence_ended_is_over_since_that_was_carried_out() -> None:
    assert SOON + HOUR == since(silent(pending(), SOON + HOUR).order)


def test_nobody_has_the_case_of_an_order_that_has_ended() -> None:
    over = ended(State.COMPLETED, 0, dispute=disputed("mona").dispute)
    open_cases = (disputed("mona"), disputed(), delivered())
    assert [None, "mona", None, None] == [mediator_of(one) for one in (over, *open_cases)]


def test_a_case_may_change_hands_more_than_once() -> None:
    freed = decided(disputed("mona"), Action.RELEASE, MEDIATOR)
    assert "milo" == mediator_of(decided(freed, Action.ASSIGN, OTHER_MEDIATOR))
