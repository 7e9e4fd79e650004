"""What an order does by itself as the limit for holding its money nears, and at it."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.actions import Fields, Resolve
from domain.deadlines import DEADLINES
from domain.holding import Paths
from domain.order import DEADLINE_ACTOR, Actor, Order
from domain.policy import Policy
from domain.rules import WAYS, as_of, expire
from domain.standing import mediator_of
from domain.step import Step
from domain.timers import first_expired, next_timer, reminder_due, timers
from domain.vocabulary import Action, Code, Role, State, TimerEffect, Window
from tests.domain.acts import RESTART, decided, people_told, why_not, wish
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    MICROSECOND,
    NOW,
    SECOND,
    SELLER,
    SITUATIONS,
    MakeOrder,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_refused,
    revision_requested,
    timer,
)
from tests.domain.held import AHEAD, held_for, of
from tests.domain.life import Life
from tests.domain.test_placing import TERMS

EVERY_OPERATOR, EVERY_MEDIATOR = ("operator", None), ("mediator", None)
PARTIES = [("buyer", "bea"), ("seller", "sam")]
UNDISPUTED: dict[str, MakeOrder] = {
    "pending": pending,
    "in_progress": in_progress,
    "late": late,
    "delivered": delivered,
    "revision_requested": revision_requested,
    "answer_overdue": answer_overdue,
    "revision_refused": revision_refused,
}

# --- at the limit ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNDISPUTED)
def test_an_order_that_reaches_the_limit_goes_to_a_person_and_into_nobody_s_pocket(
    name: str,
) -> None:
    order = held_for(HOUR / 2, UNDISPUTED[name])
    limit = timer(order)
    assert (NOW + HOUR / 2, Window.HOLDING) == (limit.at, limit.window)
    step = expire(order, limit, NOW + HOUR)
    assert (State.DISPUTED, "order.dispute_opened", ()) == (
        step.order.state,
        step.event,
        step.postings,
    )
    dispute, lapse = step.order.dispute, step.order.lapse
    assert dispute is not None
    assert lapse is not None
    assert (DEADLINE_ACTOR, NOW + HOUR, None) == (
        dispute.opened_by,
        dispute.opened_at,
        dispute.mediator_id,
    )
    assert (limit.at, order.state, Window.HOLDING) == (lapse.at, lapse.state, lapse.reason)


def test_parties_mediators_and_operators_are_told_of_the_dispute() -> None:
    order = held_for(HOUR / 2, late)
    step = expire(order, timer(order), NOW + HOUR)
    assert sorted([*PARTIES, EVERY_MEDIATOR, EVERY_OPERATOR], key=str) == people_told(step)


@pytest.mark.parametrize("mediator", [None, "mona"])
def test_a_case_that_reaches_the_limit_is_escalated_and_stays_where_it_is(
    mediator: str | None,
) -> None:
    def case(**changes: object) -> Order:
        return disputed(mediator, **changes)

    order = held_for(HOUR / 2, case)
    step = expire(order, timer(order), NOW + HOUR)
    assert ("order.holding_limit_reached", ()) == (step.event, step.postings)
    assert [EVERY_MEDIATOR, EVERY_OPERATOR] == people_told(step)
    assert (State.DISPUTED, order.dispute, order.deadline) == (
        step.order.state,
        step.order.dispute,
        step.order.deadline,
    )


@pytest.mark.parametrize("name", ["late", "disputed_free"])
def test_the_limit_is_reached_once(name: str) -> None:
    order = held_for(HOUR / 2, lambda **changes: SITUATIONS[name].model_copy(update=changes))
    after = expire(order, timer(order), NOW + HOUR).order
    assert of(after).reached
    assert Window.HOLDING not in {one.window for one in timers(after)}


def test_what_ends_at_the_limit_itself_ends_in_time() -> None:
    """A deadline of the same instant goes first, and what was received at it counts."""
    order = held_for(HOUR, delivered)
    assert State.COMPLETED is as_of(order, NOW + HOUR + MICROSECOND).state
    assert None is first_expired(order, NOW + HOUR)


def test_what_comes_after_the_limit_is_told_that_it_is_too_late() -> None:
    reached = as_of(held_for(-SECOND, in_progress), NOW)
    refusal = why_not(reached, Action.DELIVER, SELLER)
    assert Code.DEADLINE_PASSED is refusal.code


def test_after_the_limit_no_work_is_begun_any_more_and_a_person_ends_it() -> None:
    reached = as_of(held_for(-SECOND, in_progress), NOW)
    restart = Resolve.model_validate(
        {"outcome": "restart", "delivery_time": SECOND, "reasons": "Go on."}
    )
    assert Code.ACTION_NOT_ALLOWED is why_not(reached, Action.RESOLVE, MEDIATOR, restart).code
    assert decided(reached, Action.RESOLVE, MEDIATOR).state.is_final


# --- before it -------------------------------------------------------------------------------


def warned(order: Order) -> tuple[Order, list[timedelta]]:
    """The order after all its warnings, and how long before the last safe instant each came."""
    found = []
    while (due := next_timer(order)) is not None and due.effect is TimerEffect.REMIND:
        assert (Window.HOLDING, Role.OPERATOR) == (due.window, due.waits_for)
        step = expire(order, due, due.at + MICROSECOND)
        assert ("order.holding_reminder", (), [EVERY_OPERATOR]) == (
            step.event,
            step.postings,
            people_told(step),
        )
        found.append(of(order).last_safe_at - due.at)
        assert order.state is step.order.state
        order = step.order
    return order, found


@pytest.mark.parametrize("name", ["late", "answer_overdue"])
def test_operators_are_warned_14_and_7_and_2_days_before_each_once(name: str) -> None:
    order = held_for(AHEAD[name] + 20 * DAY, UNDISPUTED[name])
    after, before = warned(order)
    assert [14 * DAY, 7 * DAY, 2 * DAY] == before
    assert (of(after).last_safe_at - 2 * DAY, None) == (of(after).warned_at, of(after).warn_at)
    assert Window.HOLDING is timer(after).window


def test_what_has_passed_when_an_order_comes_to_its_last_safe_instant_is_one_warning() -> None:
    order = held_for(AHEAD["late"] + 5 * DAY, late)
    due = reminder_due(order, NOW + MICROSECOND)
    assert due is not None
    assert NOW == due.at
    order = expire(order, due, NOW + MICROSECOND).order
    safe = of(order).last_safe_at
    assert (safe - 7 * DAY, safe - 2 * DAY) == (of(order).warned_at, of(order).warn_at)
    assert None is reminder_due(order, NOW + DAY)


def test_workers_that_were_away_for_long_warn_once() -> None:
    order = held_for(AHEAD["late"] + 20 * DAY, late)
    due = reminder_due(order, NOW + 15 * DAY)
    assert due is not None
    order = expire(order, due, NOW + 15 * DAY).order
    assert None is reminder_due(order, NOW + 15 * DAY)
    assert of(order).last_safe_at - 2 * DAY == of(order).warn_at


def test_another_last_safe_instant_is_warned_of_anew() -> None:
    order, _ = warned(held_for(AHEAD["late"] + 20 * DAY, late))
    waiting = decided(order, Action.DELIVER, SELLER)
    asked = decided(waiting, Action.REQUEST_REVISION, BUYER)
    later = AHEAD["late"] - AHEAD["revision_requested"]
    assert of(order).last_safe_at + later - 7 * DAY == of(asked).warn_at


def test_an_order_that_comes_back_to_where_it_stood_is_not_warned_of_again() -> None:
    order, _ = warned(held_for(AHEAD["late"] + 30 * DAY, late))
    again = decided(decided(order, Action.DELIVER, SELLER), Action.BUY_EXTRA, BUYER)
    assert of(order).last_safe_at == of(again).last_safe_at
    assert of(again).warn_at is None


def test_a_step_that_leaves_the_instant_as_it_is_warns_of_nothing_again() -> None:
    order, _ = warned(held_for(AHEAD["late"] + 20 * DAY, late))
    after = decided(order, Action.PROPOSE_SETTLEMENT, BUYER)
    assert of(order) == of(after)


@pytest.mark.parametrize("make", [pending, delivered, revision_refused])
def test_nobody_is_warned_of_an_order_that_its_own_deadline_moves_on_in_time(
    make: MakeOrder,
) -> None:
    ahead = AHEAD[make.__name__]
    assert None is of(held_for(ahead + HOUR, make)).warn_at
    assert None is not of(held_for(ahead + HOUR - SECOND, make)).warn_at


@pytest.mark.parametrize("make", [in_progress, revision_requested, disputed])
def test_operators_are_warned_where_the_deadline_leaves_the_order_where_it_is(
    make: MakeOrder,
) -> None:
    assert None is not of(held_for(50 * DAY, make)).warn_at


def test_after_the_limit_nobody_is_warned_any_more() -> None:
    assert None is of(as_of(held_for(-SECOND, late), NOW)).warn_at


def test_a_workflow_that_goes_on_later_knows_what_was_warned_of() -> None:
    order, _ = warned(held_for(AHEAD["late"] + 20 * DAY, late))
    assert order == Order.model_validate_json(order.model_dump_json())


# --- anything at any time --------------------------------------------------------------------

LENGTHS = st.sampled_from([HOUR, DAY, 5 * DAY])
WORK = st.sampled_from([HOUR, DAY, 9 * DAY])
LEFT_OVER = st.sampled_from([timedelta(), SECOND, DAY, 10 * DAY])


def windows(draw: st.DrawFn) -> Policy:
    """Windows of any length, and a limit that just leaves time for some work, or more."""
    names = [name for name in Policy.model_fields if name.endswith("_window")]
    lengths = {name: draw(LENGTHS) for name in names}
    expiry = draw(st.sampled_from(["complete", "open_dispute"]))
    return Policy.model_validate({**lengths, "decision_expiry": expiry})


@st.composite
def placings(draw: st.DrawFn) -> tuple[timedelta, Policy]:
    """Work, and a policy under which it can be ordered: often just."""
    work, policy = draw(WORK), windows(draw)
    limit = Paths(WAYS, policy).around_work + work + draw(LEFT_OVER)
    return work, policy.model_copy(update={"holding_limit": limit})


class LimitedLife(Life, RuleBasedStateMachine):
    """Orders under a limit, one after another."""

    @initialize(order=placings())
    def an_order_is_placed(self, order: tuple[timedelta, Policy]) -> None:
        work, policy = order
        terms = TERMS.model_copy(update={"delivery_time": work, "revision_time": work})
        self.begin(terms, (), policy)

    @precondition(lambda self: self.order.state.is_final)
    @rule(order=placings())
    def after_its_end_another_one_is(self, order: tuple[timedelta, Policy]) -> None:
        self.an_order_is_placed(order)


class HeldLife(LimitedLife):
    """An order under a limit, on which people do anything, in time or late, and nobody asks them
    to keep to a window."""

    @precondition(lambda self: not self.order.state.is_final)
    @rule(data=st.data(), while_=st.sampled_from([timedelta(), HOUR, DAY, 6 * DAY]))
    def somebody_acts_after_a_while(self, data: st.DataObject, while_: timedelta) -> None:
        self.now += while_
        self.silence()
        if not self.order.state.is_final:
            self.attempt(data.draw(self.possible(ends=False)))

    @precondition(lambda self: next_timer(self.order) is not None)
    @rule()
    def its_next_timer_passes(self) -> None:
        due = next_timer(self.order)
        assert due is not None
        self.now = max(self.now, due.at) + MICROSECOND
        self.silence()

    @invariant()
    def past_the_limit_money_is_held_by_nobody_but_a_person_s_case(self) -> None:
        holding = self.order.holding
        if holding is not None and self.now > holding.limit_at:
            assert holding.reached
            assert State.DISPUTED is self.order.state

    @invariant()
    def work_is_due_so_early_that_all_that_follows_ends_in_time(self) -> None:
        deadline, holding = self.order.deadline, self.order.holding
        is_work = self.order.state in (State.PENDING, State.IN_PROGRESS)
        if is_work and holding is not None and deadline is not None:
            assert deadline.at <= holding.last_safe_at

    @invariant()
    def an_ended_order_waits_for_nothing(self) -> None:
        assert self.order.state.is_final is (self.order.holding is None)
        assert not self.order.state.is_final or next_timer(self.order) is None

    @invariant()
    def each_warning_is_given_once(self) -> None:
        assert len(self.reminders) == len(set(self.reminders))


TestHeldLife = HeldLife.TestCase
TestHeldLife.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, report_multiple_bugs=False
)


class PunctualLife(LimitedLife):
    """An order under a limit whose people keep to every window, whatever they do: the buyer and the
    seller act before their deadline, a case is taken and ruled on by its targets, once."""

    @precondition(lambda self: not self.order.state.is_final)
    @rule(data=st.data(), at_last=st.booleans())
    def somebody_acts(self, data: st.DataObject, at_last: bool) -> None:
        self.at_the_last_moment(at_last)
        if self.order.state.is_final:
            return
        act = data.draw(self.possible(ends=False))
        if act.action not in (Action.RELEASE, Action.ASSIGN):
            self.attempt(act)

    @precondition(lambda self: not self.order.state.is_final)
    @rule(at_last=st.booleans())
    def who_is_waited_for_does_what_they_have_to(self, at_last: bool) -> None:
        self.at_the_last_moment(at_last)
        state = self.order.state
        if state is State.DISPUTED:
            self.attempt(self.wish(MEDIATOR, *self.of_the_mediator(mediator_of(self.order))))
        elif not state.is_final:
            who, action = STEPS[state]
            self.attempt(self.wish(who, action, self.valid(action)))

    @precondition(lambda self: self.order.state is State.DISPUTED)
    @rule(at_last=st.booleans())
    def a_mediator_would_have_the_work_go_on(self, at_last: bool) -> None:
        self.at_the_last_moment(at_last)
        self.attempt(self.wish(MEDIATOR, Action.RESOLVE, RESTART))

    def at_the_last_moment(self, at_last: bool) -> None:
        """Goes to the instant of the deadline, which still counts as in time."""
        deadline = self.order.deadline
        if at_last and deadline is not None:
            self.now = max(self.now, deadline.at)
            self.silence()

    def valid(self, action: Action) -> Fields:
        """What is said with it."""
        return wish(action, BUYER).fields

    def of_the_mediator(self, mediator: str | None) -> tuple[Action, Fields]:
        """They take the case, then rule."""
        action = Action.RESOLVE if mediator else Action.ASSIGN
        return action, self.valid(action)

    def write(self, step: Step) -> None:
        """One step further: in time."""
        super().write(step)
        if step.order.state.is_final:
            assert self.now <= step.order.created_at + (step.order.policy.holding_limit or DAY)

    @invariant()
    def whoever_keeps_to_the_windows_never_meets_the_limit(self) -> None:
        holding = self.order.holding
        assert holding is None or not holding.reached
        assert holding is None or self.now <= holding.limit_at


STEPS: dict[State, tuple[Actor, Action]] = {
    State.PENDING: (SELLER, Action.ACCEPT),
    State.IN_PROGRESS: (SELLER, Action.DELIVER),
    State.DELIVERED: (BUYER, Action.REQUEST_REVISION),
    State.REVISION_REQUESTED: (SELLER, Action.REFUSE_REVISION),
    State.REVISION_REFUSED: (BUYER, Action.OPEN_DISPUTE),
}
"""What is waited for in each state, on the longest way."""


def test_every_open_state_has_something_that_is_waited_for() -> None:
    assert set(DEADLINES) == {*STEPS, State.DISPUTED}


TestPunctualLife = PunctualLife.TestCase
TestPunctualLife.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, report_multiple_bugs=False
)
