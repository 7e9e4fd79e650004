"""The last safe instant of an order, and what is refused because it would come too late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from graphlib import TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.actions import Fields, Resolve
from domain.command import Refusal
from domain.holding import LEADS_TO, Paths, ahead, held, promise
from domain.order import Actor, Extra, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.reasons import Reason, recognised
from domain.rules import RULES, WAYS, decide
from domain.standing import mediator_of
from domain.step import Step
from domain.timers import timers
from domain.vocabulary import Action, Code, Ruling, State, Window
from scripts.process_walk import transitions
from tests.domain.acts import decided, offered, refused, taken, why_not, wish
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    MICROSECOND,
    NOW,
    OPERATOR,
    POLICY,
    SECOND,
    SELLER,
    SITUATIONS,
    MakeOrder,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
)
from tests.domain.held import AHEAD, LIMIT, LIMITED, held_for, of
from tests.domain.test_placing import TERMS

AFTER_WORK = 25 * DAY
"""What follows a delivery that is due, at worst: the check, the answer, the decision, the case."""

# --- the search ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AHEAD)
def test_every_state_has_its_longest_path_ahead(name: str) -> None:
    assert AHEAD[name] == ahead(SITUATIONS[name], WAYS)


def test_nothing_is_ahead_of_an_order_that_has_ended() -> None:
    ended = [order for order in SITUATIONS.values() if order.state.is_final]
    assert {timedelta()} == {ahead(order, WAYS) for order in ended}


def test_the_ways_are_those_that_the_rules_lead_along() -> None:
    """Each rule is carried out on an example; what promises work, and what ends, is on no path."""
    walked = {
        (way.ends[0], way.rule.action, way.ends[1])
        for way in transitions()
        if way.rule is not None and way.ends[0] is not way.ends[1] and not way.ends[1].is_final
    }
    on_paths = {
        (state, action, LEADS_TO[action]) for state, actions in WAYS.items() for action in actions
    }
    assert on_paths == {way for way in walked if not _is_work_resumed(way[0], way[2])}


def _is_work_resumed(before: State, after: State) -> bool:
    return after is State.IN_PROGRESS and before not in (State.PENDING, State.IN_PROGRESS)


def test_no_path_comes_to_a_state_twice() -> None:
    order = TopologicalSorter(
        {state: [LEADS_TO[action] for action in actions] for state, actions in WAYS.items()}
    )
    assert set(State) == set(order.static_order())


def test_every_deadline_that_moves_an_order_on_leads_along_a_way_or_ends_it() -> None:
    for way in transitions():
        start, end = way.ends
        by_itself = way.timer is not None and way.timer.window is not Window.HOLDING
        if by_itself and start is not end and not end.is_final:
            assert end in {LEADS_TO[action] for action in WAYS[start]}


def test_an_order_without_revisions_left_does_not_wait_for_any() -> None:
    none_left = delivered(revisions_included=1, revisions_used=1)
    assert timedelta() == ahead(none_left, WAYS)
    # A wish to cancel that is refused leads to a case, which takes longer than the check.
    working = in_progress(revisions_included=0)
    assert 2 * DAY + 7 * DAY == ahead(working, WAYS)


def test_a_case_of_an_order_without_a_target_for_rulings_counts_as_ruled_at_once() -> None:
    assert timedelta() == ahead(disputed(policy=Policy()), WAYS)


# --- the instant -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", AHEAD)
def test_the_last_safe_instant_is_the_limit_less_what_is_ahead(name: str) -> None:
    order = SITUATIONS[name].model_copy(update={"policy": LIMITED})
    known = held(order, NOW, WAYS)
    assert known is not None
    assert order.created_at + LIMIT == known.limit_at
    assert known.limit_at - AHEAD[name] == known.last_safe_at


def test_it_is_known_from_the_beginning() -> None:
    order = taken(place("o1", "bea", TERMS, (), LIMITED, NOW)).order
    assert (NOW + LIMIT, NOW + LIMIT - 28 * DAY) == (of(order).limit_at, of(order).last_safe_at)


def test_it_moves_with_the_order() -> None:
    order = held_for(60 * DAY, in_progress)
    order = decided(order, Action.DELIVER, SELLER)
    assert NOW + 60 * DAY - 18 * DAY == of(order).last_safe_at
    order = decided(order, Action.REQUEST_REVISION, BUYER)
    assert NOW + 60 * DAY - 16 * DAY == of(order).last_safe_at


def test_an_order_that_has_ended_has_none_any_more() -> None:
    assert decided(held_for(60 * DAY, delivered), Action.COMPLETE, BUYER).holding is None


@pytest.mark.parametrize("name", SITUATIONS)
def test_an_order_without_a_limit_has_none_and_no_timer_for_it(name: str) -> None:
    order = SITUATIONS[name]
    assert order.holding is None
    if not order.state.is_final:
        after = decided(order, Action.CANCEL, OPERATOR)
        assert after.holding is None
    assert Window.HOLDING not in {timer.window for timer in timers(order)}


def test_an_order_from_before_has_no_limit() -> None:
    stored = pending().model_dump(mode="json", exclude={"holding": True})
    del stored["policy"]["holding_limit"]
    read = Order.model_validate(stored)
    assert (None, None) == (read.policy.holding_limit, read.holding)


# --- placing ---------------------------------------------------------------------------------


def placed(work: timedelta, *extra_ids: str, policy: Policy = LIMITED) -> Step | Refusal:
    """An order of work that takes so long, and of these extras."""
    terms = TERMS.model_copy(update={"delivery_time": work})
    return place("o1", "bea", terms, extra_ids, policy, NOW)


def test_an_order_is_placed_that_just_ends_in_time() -> None:
    longest = LIMIT - 2 * DAY - AFTER_WORK
    assert isinstance(placed(longest), Step)
    assert isinstance(placed(longest - DAY, "express"), Step)


def test_an_order_that_could_not_end_in_time_is_not_placed() -> None:
    longest = LIMIT - 2 * DAY - AFTER_WORK
    refusal = refused(placed(longest + SECOND))
    assert (Code.INVALID_REQUEST, "service_id") == (refusal.code, refusal.field)
    assert (
        "service_id: takes P63DT1S to deliver, and an order may take P63D at most: the payment"
        " provider holds its money no longer than P90D."
    ) == refusal.detail


def test_where_the_service_alone_would_do_the_extras_are_too_much() -> None:
    refusal = refused(placed(62 * DAY, "sources"))
    assert (Code.INVALID_REQUEST, "extra_ids") == (refusal.code, refusal.field)


def test_a_limit_that_leaves_no_time_lets_nothing_be_ordered() -> None:
    short = LIMITED.model_copy(update={"holding_limit": DAY})
    assert "may take PT0S at most" in refused(placed(SECOND, policy=short)).detail


def test_without_a_limit_work_may_take_as_long_as_it_likes() -> None:
    assert isinstance(placed(366 * DAY, policy=POLICY), Step)


# --- what promises more work -----------------------------------------------------------------

Promising = Callable[[timedelta], tuple[Order, Action, Actor, Fields | None, timedelta]]
"""Something that could overrun, on an order with so much left until its limit; and how much of
that it takes at worst."""


def restart(time: timedelta) -> Resolve:
    """The ruling that the work goes on for so long."""
    return Resolve(outcome=Ruling.RESTART, delivery_time=time, reasons="Go on.")


def buying(make: MakeOrder, takes: timedelta) -> Promising:
    """An extra that takes a day."""
    return lambda left: (held_for(left, make), Action.BUY_EXTRA, BUYER, None, takes)


def accepting(make: MakeOrder, takes: timedelta) -> Promising:
    """An offer that takes two days."""

    def with_offer(**changes: object) -> Order:
        return make(**{"offer": offer(), **changes})

    return lambda left: (held_for(left, with_offer), Action.ACCEPT_OFFER, BUYER, None, takes)


def offering(make: MakeOrder, takes: timedelta) -> Promising:
    """An offer of nine days, as if it were accepted at once."""
    fields = offered(700, 9 * DAY)
    return lambda left: (held_for(left, make), Action.MAKE_OFFER, SELLER, fields, takes)


PROMISING: dict[str, Promising] = {
    "an extra, pending": buying(pending, HOUR + 3 * DAY + DAY),
    "an extra, at work": buying(in_progress, HOUR + DAY),
    "an extra, late": buying(late, DAY - HOUR),
    "an extra, delivered": buying(delivered, DAY),
    "an extra, refused": buying(revision_refused, DAY),
    "an offer, at work": accepting(in_progress, HOUR + 2 * DAY),
    "an offer, delivered": accepting(delivered, 2 * DAY),
    "an offer, refused": accepting(revision_refused, 2 * DAY),
    "offering, at work": offering(in_progress, HOUR + 9 * DAY),
    "offering, delivered": offering(delivered, 9 * DAY),
    "offering, refused": offering(revision_refused, 9 * DAY),
    "a revision": lambda left: (
        held_for(left, revision_requested),
        Action.ACCEPT_REVISION,
        SELLER,
        None,
        2 * DAY,
    ),
    "a revision, late": lambda left: (
        held_for(left, answer_overdue),
        Action.ACCEPT_REVISION,
        SELLER,
        None,
        2 * DAY,
    ),
    "a restart": lambda left: (
        held_for(left, disputed),
        Action.RESOLVE,
        MEDIATOR,
        restart(6 * DAY),
        6 * DAY,
    ),
}


@pytest.mark.parametrize("name", PROMISING)
def test_more_work_that_just_fits_is_taken(name: str) -> None:
    *_, takes = PROMISING[name](LIMIT)
    order, action, who, fields, _ = PROMISING[name](takes + AFTER_WORK)
    assert isinstance(decide(order, wish(action, who, fields), NOW), Step)


@pytest.mark.parametrize("name", PROMISING)
def test_more_work_that_could_overrun_is_refused_and_says_what_is_possible(name: str) -> None:
    *_, takes = PROMISING[name](LIMIT)
    left = takes + AFTER_WORK - MICROSECOND
    order, action, who, fields, _ = PROMISING[name](left)
    refusal = why_not(order, action, who, fields)
    assert Code.ACTION_NOT_ALLOWED is refusal.code
    about = recognised(refusal.detail)
    assert about is not None
    assert Reason.HELD_TOO_LONG is about[0]
    assert {
        "limit": _second(NOW + left),
        "latest": _second(NOW + left - AFTER_WORK),
        "due": _second(NOW + takes),
    } == about[1]


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def test_every_action_after_which_work_is_due_later_is_looked_at() -> None:
    """By the walk of all rules: none is forgotten that a later rule adds."""
    actions = {action for make in PROMISING.values() for _, action, *_ in [make(LIMIT)]}
    promising = {
        way.rule.action
        for way in transitions()
        if way.rule is not None
        and (_is_work_resumed(*way.ends) or len(way.step.order.lines) > len(way.before.lines))
    }
    assert promising | {Action.MAKE_OFFER} == actions


KEEPING_TO: list[tuple[MakeOrder, Action, Actor]] = [
    (pending, Action.ACCEPT, SELLER),
    (in_progress, Action.DELIVER, SELLER),
    (late, Action.DELIVER, SELLER),
    (late, Action.CANCEL, BUYER),
    (in_progress, Action.REQUEST_CANCELLATION, BUYER),
    (delivered, Action.REQUEST_REVISION, BUYER),
    (delivered, Action.COMPLETE, BUYER),
    (revision_requested, Action.REFUSE_REVISION, SELLER),
    (revision_refused, Action.OPEN_DISPUTE, BUYER),
    (disputed, Action.ASSIGN, MEDIATOR),
    (disputed, Action.ASSIGN, OPERATOR),
    (disputed, Action.RESOLVE, MEDIATOR),
    (in_progress, Action.PROPOSE_SETTLEMENT, SELLER),
]


@pytest.mark.parametrize("left", [HOUR, 12 * DAY])
@pytest.mark.parametrize(("make", "action", "who"), KEEPING_TO)
def test_what_promises_no_work_is_never_refused_however_little_time_is_left(
    make: MakeOrder, action: Action, who: Actor, left: timedelta
) -> None:
    assert isinstance(decide(held_for(left, make), wish(action, who), NOW), Step)


@pytest.mark.parametrize("name", PROMISING)
def test_without_a_limit_nothing_is_refused_for_it(name: str) -> None:
    order, action, who, fields, _ = PROMISING[name](HOUR)
    unlimited = order.model_copy(update={"policy": POLICY, "holding": None})
    after = decided(unlimited, action, who, fields)
    assert promise(unlimited, after, NOW, WAYS) is None


# --- any policy ------------------------------------------------------------------------------

LENGTHS = st.sampled_from([SECOND, HOUR, DAY, 9 * DAY, 30 * DAY])
POLICIES = st.builds(
    Policy,
    acceptance_window=LENGTHS,
    review_window=LENGTHS,
    revision_answer_window=LENGTHS,
    decision_window=LENGTHS,
    assignment_window=LENGTHS,
    ruling_window=st.none() | LENGTHS,
)


def lasting(order: Order) -> timedelta:
    """The longest that paths take from where the order stands, by carrying out every rule."""
    ends = []
    for rule in RULES:
        actor = {one.role: one for one in (BUYER, SELLER, MEDIATOR, OPERATOR)}[rule.by]
        for fields in (None, restart(DAY)) if rule.action is Action.RESOLVE else (None,):
            verdict = decide(order, wish(Action(rule.action), actor, fields), NOW)
            if isinstance(verdict, Step) and not _is_beside_paths(order, verdict.order):
                ends.append(_window_of(verdict.order) + lasting(verdict.order))
    return max(ends, default=timedelta())


def _is_beside_paths(before: Order, after: Order) -> bool:
    """Whether an action promises work, or leaves the order where it stands. A case that is taken
    stays where it stands, whoever is given it."""
    stays = before.state is after.state and not (mediator_of(after) and not mediator_of(before))
    return stays or _is_work_resumed(before.state, after.state)


def _window_of(order: Order) -> timedelta:
    return order.deadline.at - NOW if order.deadline else timedelta()


@settings(max_examples=25, deadline=None)
@given(policy=POLICIES, make=st.sampled_from([pending, in_progress, delivered, revision_refused]))
def test_the_search_is_as_long_as_carrying_out_every_rule_under_any_policy(
    policy: Policy, make: MakeOrder
) -> None:
    order = make(policy=policy, dispute_allowed=make is in_progress)
    assert lasting(order) == ahead(order, WAYS)


@settings(max_examples=60, deadline=None)
@given(policy=POLICIES, work=LENGTHS, extra=LENGTHS)
def test_an_order_is_placed_if_and_only_if_its_longest_path_fits(
    policy: Policy, work: timedelta, extra: timedelta
) -> None:
    around = Paths(WAYS, policy).around_work
    terms: Terms = TERMS.model_copy(
        update={
            "delivery_time": work,
            "extras": (Extra(id="more", price=1, delivery_time=extra),),
        }
    )
    for limit, fits in ((around + work + extra, True), (around + work + extra - SECOND, False)):
        limited = policy.model_copy(update={"holding_limit": limit})
        step = place("o1", "bea", terms, ("more",), limited, NOW)
        assert fits is isinstance(step, Step)
