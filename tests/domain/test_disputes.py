"""A dispute: who opened it, who has the case, what was ruled, and when it was closed."""

import pytest

from domain.actions import Resolve
from domain.order import Dispute, Order
from domain.rules import decide
from domain.vocabulary import Action, Role, Ruling, State
from tests.domain.acts import PAY_SELLER, REFUND, RESTART, decided, split, taken, wish
from tests.domain.examples import (
    BUYER,
    HOUR,
    MEDIATOR,
    NOW,
    OPERATOR,
    SELLER,
    answer_overdue,
    disputed,
    revision_refused,
)


def case(order: Order) -> Dispute:
    """The order's dispute, which it must have."""
    assert order.dispute is not None
    return order.dispute


@pytest.mark.parametrize("order", [revision_refused(), answer_overdue()])
def test_it_remembers_who_opened_it_and_by_which_request(order: Order) -> None:
    opened = case(decided(order, Action.OPEN_DISPUTE, BUYER))
    assert (BUYER, NOW, "request-1") == (opened.opened_by, opened.opened_at, opened.request_id)
    assert (None, None, None) == (opened.mediator_id, opened.ruling, opened.closed_at)


def test_the_mediator_who_takes_it_has_it() -> None:
    assert "mona" == case(decided(disputed(), Action.ASSIGN, MEDIATOR)).mediator_id


def test_taking_it_leaves_it_open() -> None:
    order = decided(disputed(), Action.ASSIGN, MEDIATOR)
    assert State.DISPUTED is order.state
    assert case(order).closed_at is None


def test_a_ruling_on_a_case_that_nobody_has_taken_takes_it() -> None:
    assert "mona" == case(decided(disputed(), Action.RESOLVE, MEDIATOR)).mediator_id


def test_it_keeps_what_was_ruled() -> None:
    assert Ruling.PAY_SELLER is case(decided(disputed("mona"), Action.RESOLVE, MEDIATOR)).ruling


@pytest.mark.parametrize("ruling", [REFUND, PAY_SELLER, split(500)])
def test_a_ruling_that_ends_the_order_closes_it(ruling: Resolve) -> None:
    assert NOW == case(decided(disputed("mona"), Action.RESOLVE, MEDIATOR, ruling)).closed_at


def test_an_operator_s_cancellation_is_no_ruling() -> None:
    closed = case(decided(disputed("milo"), Action.CANCEL, OPERATOR))
    assert (None, NOW) == (closed.ruling, closed.closed_at)


def test_a_restart_closes_it_and_moves_no_money() -> None:
    step = taken(decide(disputed("mona"), wish(Action.RESOLVE, MEDIATOR, RESTART), NOW))
    assert NOW == case(step.order).closed_at
    assert State.IN_PROGRESS is step.order.state
    assert step.order.outcome is None
    assert () == step.postings


def test_a_restarted_order_is_not_late() -> None:
    assert not decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART).is_late


def test_an_end_after_a_restart_leaves_the_closed_case_as_it_was() -> None:
    restarted = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    ended = taken(decide(restarted, wish(Action.CANCEL, SELLER), NOW + HOUR)).order
    assert case(restarted) == case(ended)


def test_a_second_dispute_is_a_case_of_its_own() -> None:
    closed = case(decided(disputed("milo"), Action.CANCEL, OPERATOR))
    opened = case(decided(revision_refused(dispute=closed), Action.OPEN_DISPUTE, BUYER))
    assert (None, None) == (opened.mediator_id, opened.closed_at)


def test_another_mediator_may_take_the_case_of_a_second_dispute() -> None:
    closed = case(decided(disputed("milo"), Action.CANCEL, OPERATOR))
    again = decided(revision_refused(dispute=closed), Action.OPEN_DISPUTE, BUYER)
    assert "mona" == case(decided(again, Action.ASSIGN, MEDIATOR)).mediator_id


def test_a_ruling_ends_the_order_in_the_mediator_s_name() -> None:
    outcome = decided(disputed(), Action.RESOLVE, MEDIATOR).outcome
    assert outcome is not None
    assert (State.COMPLETED, Role.MEDIATOR, "resolve") == (outcome.kind, outcome.by, outcome.cause)
