"""Statements on a dispute, and the mediator who has the case."""

import pytest

from domain.actions import Resolve
from domain.order import Actor, Order
from domain.policy import Policy
from domain.rules import as_of, decide
from domain.vocabulary import Action, State
from tests.domain.acts import (
    PAY_SELLER,
    REFUND,
    RESTART,
    decided,
    people_told,
    silent,
    split,
    taken,
    why_not,
    wish,
)
from tests.domain.examples import (
    BUYER,
    DAY,
    MEDIATOR,
    NOW,
    OPERATOR,
    OTHER_MEDIATOR,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SOON,
    MakeOrder,
    delivered,
    disputed,
    in_progress,
    pending,
    revision_refused,
    revision_requested,
    runs_out,
    timer,
)


@pytest.mark.parametrize("actor", [BUYER, SELLER, MEDIATOR])
@pytest.mark.parametrize("order", [disputed(), disputed("mona")])
def test_a_statement_changes_nothing_but_the_version(order: Order, actor: Actor) -> None:
    step = taken(decide(order, wish(Action.ADD_STATEMENT, actor), NOW))
    assert (8, NOW, ()) == (step.order.version, step.order.updated_at, step.postings)
    same = {"version": order.version, "updated_at": order.updated_at}
    assert order == step.order.model_copy(update=same)


def test_a_statement_of_a_mediator_takes_no_case() -> None:
    after = decided(disputed(), Action.ADD_STATEMENT, MEDIATOR)
    assert after.dispute is not None
    assert after.dispute.mediator_id is None
    assert "milo" == taker(decided(after, Action.ASSIGN, OTHER_MEDIATOR))


def taker(order: Order) -> str | None:
    """Who has the case."""
    return order.dispute.mediator_id if order.dispute else None


def test_there_is_no_limit_to_statements_and_proposals_stay_open() -> None:
    order = disputed(settlements=(SELLERS_PROPOSAL,))
    for actor in (BUYER, SELLER, BUYER, MEDIATOR):
        order = decided(order, Action.ADD_STATEMENT, actor)
    assert (11, (SELLERS_PROPOSAL,)) == (order.version, order.settlements)


@pytest.mark.parametrize("order", [pending, in_progress, delivered, revision_requested])
@pytest.mark.parametrize("actor", [BUYER, SELLER, MEDIATOR])
def test_without_a_dispute_there_is_nothing_to_state(order: MakeOrder, actor: Actor) -> None:
    assert "action-not-allowed" == why_not(order(), Action.ADD_STATEMENT, actor).code


def test_an_operator_states_nothing() -> None:
    assert "forbidden" == why_not(disputed(), Action.ADD_STATEMENT, OPERATOR).code


# --- the case and its mediator ---------------------------------------------------------------


def test_a_case_that_was_taken_cannot_be_taken_again() -> None:
    for actor in (MEDIATOR, OTHER_MEDIATOR):
        refusal = why_not(disputed("mona"), Action.ASSIGN, actor)
        assert "action-not-allowed" == refusal.code
        assert "taken this case already" in refusal.detail


@pytest.mark.parametrize("ruling", [REFUND, PAY_SELLER, RESTART, split(500)])
def test_another_s_case_cannot_be_ruled(ruling: Resolve) -> None:
    refusal = why_not(disputed("milo"), Action.RESOLVE, MEDIATOR, ruling)
    assert "Another mediator has taken this case." == refusal.detail


def test_it_escalates_again_and_again_and_never_decides_itself() -> None:
    order, at = disputed(), SOON
    for number in range(1, 6):
        assert at == timer(order).at
        step = silent(order, at + SECOND)
        assert ("order.dispute_escalated", ()) == (step.event, step.postings)
        assert [("mediator", None), ("operator", None)] == people_told(step)
        order, at = step.order, at + SECOND + 2 * DAY
        assert (State.DISPUTED, 7 + number) == (order.state, order.version)


def test_a_case_that_escalated_can_still_be_taken_and_before_targets_nothing_runs_out() -> None:
    escalated = silent(disputed(policy=Policy()), SOON + SECOND).order
    assert runs_out(escalated) is not None
    mine = decided(escalated, Action.ASSIGN, MEDIATOR)
    assert ("mona", None) == (taker(mine), runs_out(mine))
    assert mine == as_of(mine, NOW + 300 * DAY)


def test_after_a_restart_the_deadline_is_the_due_date_and_the_case_is_closed() -> None:
    again = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    assert again.dispute is not None
    assert ("mona", NOW, "restart") == (
        again.dispute.mediator_id,
        again.dispute.closed_at,
        again.dispute.ruling,
    )
    assert (State.IN_PROGRESS, NOW + 5 * DAY, NOW + 5 * DAY) == (
        again.state,
        again.due_at,
        runs_out(again),
    )


def test_a_restart_leaves_what_may_be_bought_and_proposed() -> None:
    before = disputed("mona", settlements=(SELLERS_PROPOSAL,))
    again = decided(before, Action.RESOLVE, MEDIATOR, RESTART)
    assert (before.extras, before.settlements) == (again.extras, again.settlements)


def test_after_a_restart_nobody_states_or_rules_anything() -> None:
    again = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    actions = (Action.ADD_STATEMENT, Action.RESOLVE, Action.ASSIGN)
    assert {"action-not-allowed"} == {why_not(again, one, MEDIATOR).code for one in actions}


def test_after_a_restart_a_new_dispute_waits_for_any_mediator_again() -> None:
    again = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    handed_over = decided(again, Action.DELIVER, SELLER)
    asked = decided(handed_over, Action.REQUEST_REVISION, BUYER)
    refused = decided(asked, Action.REFUSE_REVISION, SELLER)
    opened = decided(refused, Action.OPEN_DISPUTE, BUYER)
    assert opened.dispute is not None
    assert (None, None, None) == (
        opened.dispute.mediator_id,
        opened.dispute.closed_at,
        opened.dispute.ruling,
    )
    assert "milo" == taker(decided(opened, Action.ASSIGN, OTHER_MEDIATOR))


def test_a_restart_can_end_in_a_dispute_that_another_mediator_rules() -> None:
    closed = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART).dispute
    opened = decided(revision_refused(dispute=closed), Action.OPEN_DISPUTE, BUYER)
    ruled = decided(opened, Action.RESOLVE, OTHER_MEDIATOR, split(500))
    assert (State.SETTLED, "milo") == (ruled.state, taker(ruled))
