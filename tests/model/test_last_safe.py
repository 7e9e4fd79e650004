"""The last safe instant beside brute force: in the model, which knows nothing of the search, every
path is walked to its end, and the longest is as long as the product says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from domain.command import command
from domain.holding import ahead
from domain.order import Actor, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.rules import WAYS, decide, expire
from domain.step import Step
from domain.timers import first_expired
from domain.vocabulary import Action, Role, TimerEffect
from tests.contract import BODIES, DAY, HOUR, MAY, RULING_WINDOW, WAY, WINDOWS, Json
from tests.domain.acts import VALID
from tests.model import effects
from tests.model.effects import PerformedAction
from tests.model.reference import Item, Reference, Wallets

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
WORK = 3 * DAY
INSTANT = timedelta(microseconds=1)
PEOPLE = ("buyer", "seller", "mediator", "operator")
IDS = {"buyer": "bea", "seller": "sam", "mediator": "the-mediator", "operator": "olga"}

PROMISING = ("buy_extra", "accept_offer", "accept_revision", "make_offer")
"""What brings more work: looked at when somebody does it, and on no path."""
LEADING_NOWHERE = (
    *("request_offer", "withdraw_offer", "decline_offer", "add_statement"),
    *("propose_settlement", "withdraw_settlement", "accept_settlement"),
)
"""What leaves the order where it stands, or ends it at once like `cancel` does."""
BEGINNING_ANEW = (("release", "mediator"), ("release", "operator"), ("assign", "operator"))
"""What gives a case another window, as often as operators like: a case is with a person."""


@dataclass(frozen=True)
class Windows:
    """How long each state waits, and a case that is taken."""

    waits: Mapping[str, timedelta]
    ruling: timedelta

    @property
    def policy(self) -> Policy:
        """The same as the product keeps it."""
        return Policy(
            acceptance_window=self.waits["pending"],
            review_window=self.waits["delivered"],
            revision_answer_window=self.waits["revision_requested"],
            decision_window=self.waits["revision_refused"],
            assignment_window=self.waits["disputed"],
            ruling_window=self.ruling,
        )


POLICIES = {
    "as promised": Windows(WINDOWS, RULING_WINDOW),
    "a long case": Windows({**WINDOWS, "disputed": 40 * DAY}, 30 * DAY),
    "a short case": Windows({**WINDOWS, "disputed": HOUR}, HOUR),
    "a long answer": Windows({**WINDOWS, "revision_requested": 50 * DAY}, DAY),
    "a long decision": Windows({**WINDOWS, "revision_refused": 60 * DAY}, 3 * DAY),
    "quick checks": Windows({**WINDOWS, "delivered": HOUR, "revision_refused": HOUR}, 20 * DAY),
}


def moves(order: Reference) -> Iterator[tuple[str, str, Json]]:
    """Who can do what that may be on a path."""
    for who in PEOPLE:
        for action in sorted(order.allowed(who)):
            if action in (*PROMISING, *LEADING_NOWHERE) or (action, who) in BEGINNING_ANEW:
                continue
            yield who, action, BODIES[action]


def after(order: Reference, who: str, action: str, body: Json, at: datetime) -> Reference:
    """Another order, on which somebody has done this."""
    done = order.copy()
    effects.act(done, PerformedAction(who, action, body, {}, at))
    return done


def situation(order: Reference) -> tuple[object, ...]:
    """What a path comes to once: where the order stands, and what opens other ways from there."""
    wish = order.cancellation_request.status if order.cancellation_request else None
    stands = order.state, order.overdue, order.mediator
    return *stands, wish, order.was_let_down, min(order.refusals, 2)


Seen = frozenset[tuple[object, ...]]


def latest_end(
    order: Reference, at: datetime, seen: Seen = frozenset(), *, hurried: bool = False
) -> datetime | None:
    """When the last of all paths from an order at an instant has ended, if everybody acts at the
    very end of their window, or at once where that has passed; with `hurried`, in every mixture of
    the last moment and at once. None if no path ends without coming to a situation twice."""
    if order.ended:
        return at
    if situation(order) in seen:
        return None
    walked = seen | {situation(order)}
    ways = following(order, at, hurried=hurried)
    ends = [latest_end(one, moment, walked, hurried=hurried) for one, moment in ways]
    return max((end for end in ends if end is not None), default=None)


def following(
    order: Reference, at: datetime, *, hurried: bool
) -> Iterator[tuple[Reference, datetime]]:
    """What an order can become next, by somebody who acts or by the deadline itself."""
    last = order.deadline or at
    for moment in {at, last} if hurried else {last}:
        for who, action, body in moves(order):
            yield after(order, who, action, body, moment), moment
    if order.deadline is not None and order.state != "disputed":
        silent = order.copy()
        effects.silence(silent, order.deadline + INSTANT)
        yield silent, order.deadline


def longest_path(order: Reference) -> timedelta:
    """How long the longest path takes once the order has left where it stands."""
    return max(_left(order, frozenset()), default=timedelta())


def _left(order: Reference, seen: Seen) -> Iterator[timedelta]:
    if situation(order) in seen:
        return
    for who, action, body in moves(order):
        one = after(order, who, action, body, NOW)
        if (one.state, one.mediator) != (order.state, order.mediator):
            end = latest_end(one, NOW)
            assert end is not None
            yield end - NOW
        else:
            yield from _left(one, seen | {situation(order)})


def modelled(state: str, revisions: int | None, *, strict: bool) -> Reference:
    """An order of the model that has just come to a state."""
    until, items = NOW + WINDOWS["pending"], [Item(2000, WORK)]
    pending = Reference(Wallets(10_000), strict, items, {}, until, included=revisions)
    for who, action in WAY[state]:
        pending = after(pending, who, action, BODIES[action], NOW)
    return pending


def real(state: str, revisions: int | None, policy: Policy, *, strict: bool) -> Order:
    """The same order by the product's rules."""
    expiry = TimerEffect.OPEN_DISPUTE if strict else TimerEffect.COMPLETE
    terms = Terms(
        service_id="logo",
        seller_id=IDS["seller"],
        currency="EUR",
        price=2000,
        delivery_time=WORK,
        revision_time=effects.REVISION_TIME,
        revisions_included=revisions,
        extras=(),
    )
    chosen = policy.model_copy(update={"decision_expiry": expiry})
    step = place("o1", IDS["buyer"], terms, (), chosen, NOW)
    assert isinstance(step, Step)
    order = step.order
    for who, action in WAY[state]:
        order = acted(order, who, Action(action))
    return order


def acted(order: Order, who: str, action: Action) -> Order:
    """The order after somebody's action."""
    actor = Actor(id=IDS[who], role=Role(who))
    step = decide(order, command(action, actor, NOW, VALID[action]), NOW)
    assert isinstance(step, Step), step
    return step.order


BEFORE_ANY_REVISION = ("pending", "in_progress", "delivered")
STATES = [
    *((state, revisions) for state in BEFORE_ANY_REVISION for revisions in (None, 0, 1)),
    *((state, None) for state in WINDOWS if state not in BEFORE_ANY_REVISION),
]
"""And how many revisions the service includes."""


@pytest.mark.parametrize("strict", [False, True], ids=["completes", "disputed by silence"])
@pytest.mark.parametrize("windows", POLICIES)
@pytest.mark.parametrize(("state", "revisions"), STATES)
def test_the_search_finds_what_walking_every_path_does(
    state: str, revisions: int | None, windows: str, *, strict: bool
) -> None:
    chosen = POLICIES[windows]
    with patch.dict(WINDOWS, chosen.waits), patch.object(effects, "RULING_WINDOW", chosen.ruling):
        expected = longest_path(modelled(state, revisions, strict=strict))
    assert expected == ahead(real(state, revisions, chosen.policy, strict=strict), WAYS)


def test_nobody_makes_a_path_longer_by_acting_before_the_end_of_their_window() -> None:
    order = modelled("in_progress", None, strict=False)
    assert order.deadline is not None
    ends = [latest_end(order, NOW, hurried=hurried) for hurried in (False, True)]
    assert [order.deadline + longest_path(order)] * 2 == ends


@pytest.mark.parametrize("state", ["in_progress", "revision_requested"])
def test_an_order_that_is_late_has_as_much_ahead_of_it(state: str) -> None:
    model = modelled(state, None, strict=False)
    assert model.deadline is not None
    effects.silence(model, model.deadline + INSTANT)
    order = real(state, None, POLICIES["as promised"].policy, strict=False)
    timer = first_expired(order, NOW + 9 * DAY)
    assert timer is not None
    late = expire(order, timer, NOW + 9 * DAY).order
    assert (model.overdue, late.overdue) == (True, True)
    assert longest_path(model) == ahead(late, WAYS) == ahead(order, WAYS)


def test_of_a_case_that_somebody_has_nothing_is_ahead() -> None:
    model = after(modelled("disputed", None, strict=False), "mediator", "assign", {}, NOW)
    order = real("disputed", None, POLICIES["as promised"].policy, strict=False)
    assert longest_path(model) == ahead(acted(order, "mediator", Action.ASSIGN), WAYS)
    assert timedelta() == longest_path(model)


def test_everything_that_people_do_is_walked_or_left_out_for_a_reason() -> None:
    walked = {action for state in WAY for action in _walked_in(state)}
    left_out = {*PROMISING, *LEADING_NOWHERE, *(action for action, _ in BEGINNING_ANEW)}
    assert set(MAY) - walked <= left_out


def _walked_in(state: str) -> Iterator[str]:
    order = modelled(state, None, strict=False)
    for who, action, body in moves(order):
        yield action
        if action == "request_cancellation":
            yield from (one for _, one, _ in moves(after(order, who, action, body, NOW)))
