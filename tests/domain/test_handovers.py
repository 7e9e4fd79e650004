"""Cases that are handed over, given back, and not ruled on in time."""

import pytest

from domain.actions import Assign
from domain.command import Refusal
from domain.order import Actor, Order
from domain.policy import Policy
from domain.rules import as_of, decide, expire
from domain.timers import next_timer
from domain.vocabulary import Action, Role, State, TimerEffect, Window
from tests.domain.acts import decided, people_told, silent, taken, why_not, wish
from tests.domain.examples import (
    DAY,
    HOUR,
    MEDIATOR,
    NOW,
    OPERATOR,
    OTHER_MEDIATOR,
    SECOND,
    disputed,
    runs_out,
    taken_before_targets,
    timer,
    until,
)

RULING = until(
    NOW + 7 * DAY, Role.MEDIATOR, Window.RULING, TimerEffect.ESCALATE, remind_at=NOW + 6 * DAY
)
ASSIGNMENT = until(NOW + 2 * DAY, Role.MEDIATOR, Window.ASSIGNMENT, TimerEffect.ESCALATE)


def to(mediator_id: str | None) -> Assign:
    """Gives the case to this one."""
    return Assign(mediator_id=mediator_id)


def has_it(order: Order) -> tuple[str | None, object]:
    """Who has the case, and since when."""
    assert order.dispute is not None
    return order.dispute.mediator_id, order.dispute.taken_at


@pytest.mark.parametrize("order", [disputed(), disputed("mona"), disputed("milo")])
def test_an_operator_gives_the_case_to_whom_they_name_whoever_had_it(order: Order) -> None:
    after = decided(order, Action.ASSIGN, OPERATOR, to("mia"))
    assert ("mia", NOW) == has_it(after)
    assert (State.DISPUTED, RULING) == (after.state, after.deadline)


@pytest.mark.parametrize(
    ("order", "actor", "fields"),
    [
        (disputed(), MEDIATOR, to(None)),
        (disputed(), MEDIATOR, to("mona")),
        (disputed(), OPERATOR, to("mona")),
        (disputed("mona"), OPERATOR, to("mona")),
        (disputed("mona"), OPERATOR, to("milo")),
    ],
)
def test_the_target_of_a_ruling_begins_anew_with_whoever_gets_the_case(
    order: Order, actor: Actor, fields: Assign
) -> None:
    assert RULING == decided(order, Action.ASSIGN, actor, fields).deadline


def test_handed_to_who_has_it_a_case_was_theirs_all_the_time() -> None:
    had = disputed("mona")
    had = decided(had, Action.ASSIGN, OPERATOR, to("milo"))
    again = taken(decide(had, wish(Action.ASSIGN, OPERATOR, to("milo")), NOW + DAY)).order
    assert ("milo", NOW) == has_it(again)
    assert NOW + 8 * DAY == runs_out(again)


def test_a_target_is_of_the_order_s_own_policy() -> None:
    order = disputed(policy=Policy(ruling_window=3 * HOUR))
    after = decided(order, Action.ASSIGN, MEDIATOR)
    assert after.deadline is not None
    assert (NOW + 3 * HOUR, NOW + 1.5 * HOUR) == (after.deadline.at, after.deadline.remind_at)


def test_an_order_from_before_has_no_target_however_its_case_is_taken() -> None:
    order = taken_before_targets()
    assert decided(order, Action.ASSIGN, OPERATOR, to("milo")).deadline is None
    assert ASSIGNMENT == decided(order, Action.RELEASE, MEDIATOR).deadline


@pytest.mark.parametrize("party", ["bea", "sam"])
def test_a_party_cannot_be_its_own_mediator(party: str) -> None:
    refusal = why_not(disputed("mona"), Action.ASSIGN, OPERATOR, to(party))
    assert ("invalid-request", "mediator_id") == (refusal.code, refusal.field)
    assert "a party to the order cannot be its mediator" in refusal.detail


@pytest.mark.parametrize(
    ("order", "actor", "named", "says"),
    [
        (disputed(), OPERATOR, None, "say which mediator"),
        (disputed("mona"), OPERATOR, None, "say which mediator"),
        (disputed(), MEDIATOR, "milo", "takes a case for themself"),
        (disputed(), MEDIATOR, "bea", "takes a case for themself"),
    ],
)
def test_who_is_to_have_a_case_is_said_by_operators_and_by_nobody_else(
    order: Order, actor: Actor, named: str | None, says: str
) -> None:
    refusal = why_not(order, Action.ASSIGN, actor, to(named))
    assert ("invalid-request", "mediator_id") == (refusal.code, refusal.field)
    assert refusal.detail.startswith("mediator_id: ")
    assert says in refusal.detail


@pytest.mark.parametrize("actor", [MEDIATOR, OPERATOR])
def test_a_case_that_is_given_back_waits_for_any_mediator_again(actor: Actor) -> None:
    after = decided(disputed("mona"), Action.RELEASE, actor)
    assert (None, None) == has_it(after)
    assert (State.DISPUTED, ASSIGNMENT) == (after.state, after.deadline)
    assert ("milo", NOW) == has_it(decided(after, Action.ASSIGN, OTHER_MEDIATOR))


@pytest.mark.parametrize(
    ("order", "actor", "says"),
    [
        (disputed(), MEDIATOR, "You do not have this case."),
        (disputed("milo"), MEDIATOR, "You do not have this case."),
        (disputed(), OPERATOR, "Nobody has this case."),
    ],
)
def test_only_a_case_that_somebody_has_can_be_given_back(
    order: Order, actor: Actor, says: str
) -> None:
    refusal = why_not(order, Action.RELEASE, actor)
    assert ("action-not-allowed", says) == (refusal.code, refusal.detail)


def test_who_had_a_case_can_neither_rule_on_it_nor_give_it_back() -> None:
    order = decided(disputed("mona"), Action.ASSIGN, OPERATOR, to("milo"))
    for action in (Action.RESOLVE, Action.RELEASE, Action.ASSIGN):
        assert "action-not-allowed" == why_not(order, action, MEDIATOR).code
    assert State.COMPLETED is decided(order, Action.RESOLVE, OTHER_MEDIATOR).state


def test_two_hand_overs_at_once_follow_each_other_and_one_with_a_version_loses() -> None:
    order = disputed("mona")
    first = decided(order, Action.ASSIGN, OPERATOR, to("milo"))
    assert "mia" == has_it(decided(first, Action.ASSIGN, OPERATOR, to("mia")))[0]
    late = decide(first, wish(Action.ASSIGN, OPERATOR, to("mia"), order.version), NOW)
    assert isinstance(late, Refusal)
    assert "version-mismatch" == late.code


def test_a_ruling_that_does_not_come_is_told_again_and_again_and_never_decides_itself() -> None:
    order = decided(disputed(), Action.ASSIGN, MEDIATOR)
    at = NOW + 7 * DAY
    for _ in range(5):
        first = next_timer(order)
        assert first is not None
        reminded = expire(order, first, at - DAY + SECOND)
        assert ("order.ruling_reminder", [("mediator", "mona")]) == (
            reminded.event,
            people_told(reminded),
        )
        assert at == timer(reminded.order).at
        passed = silent(reminded.order, at + SECOND)
        assert ("order.ruling_overdue", ()) == (passed.event, passed.postings)
        assert [("mediator", None), ("operator", None)] == people_told(passed)
        order, at = passed.order, at + SECOND + 7 * DAY
        assert (State.DISPUTED, "mona") == (order.state, has_it(order)[0])


def test_a_ruling_counts_however_late_it_comes() -> None:
    late = as_of(decided(disputed(), Action.ASSIGN, MEDIATOR), NOW + 300 * DAY)
    assert State.COMPLETED is decided(late, Action.RESOLVE, MEDIATOR).state


def test_after_a_case_was_given_back_it_is_the_assignment_that_escalates() -> None:
    freed = decided(disputed("mona"), Action.RELEASE, MEDIATOR)
    assert "order.dispute_escalated" == silent(freed, NOW + 2 * DAY + SECOND).event
