"""Who is told of a step, and under which name: for every event the right people and nobody else."""

import pytest

from domain.actions import Assign, Fields
from domain.notices import EVENTS
from domain.order import Actor, Order
from domain.placing import place
from domain.policy import Policy
from domain.rules import decide, expire
from domain.step import Step
from domain.timers import Timer
from domain.vocabulary import Action, ProviderAct, Role, TimerEffect, Window
from tests.domain.acts import RESTART, about, decided, people_told, silent, taken, wish
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    DAY,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SOON,
    asked_to_cancel,
    delivered,
    disputed,
    in_progress,
    offer,
    pending,
    revision_refused,
    revision_requested,
    until,
)
from tests.domain.held import held_for
from tests.domain.test_payment_hold import frozen, told
from tests.domain.test_placing import TERMS

Person = tuple[str, str | None]
People = list[Person]

BEA, SAM, MONA = ("buyer", "bea"), ("seller", "sam"), ("mediator", "mona")
ALL_MEDIATORS, ALL_OPERATORS = ("mediator", None), ("operator", None)
PARTIES: People = [BEA, SAM]
PARTIES_AND_ALL_MEDIATORS: People = [BEA, ALL_MEDIATORS, SAM]
PARTIES_AND_MONA: People = [BEA, MONA, SAM]
MILO = ("mediator", "milo")
PARTIES_AND_MILO: People = [BEA, MILO, SAM]


ALL_OF_A_FREE_CASE: dict[ProviderAct, People] = {
    act: [BEA, ALL_MEDIATORS, ALL_OPERATORS, SAM] for act in ProviderAct
} | {ProviderAct.PAYMENT_DISPUTE_LOST: [BEA, ALL_OPERATORS, SAM]}
"""Of a case that is over and that nobody had, mediators are not told."""


def done(order: Order, action: Action, actor: Actor, fields: Fields | None = None) -> Step:
    """The step of an action at NOW."""
    return taken(decide(order, wish(action, actor, fields), NOW))


def hers() -> Order:
    """A case that a mediator has."""
    return TAKEN


def provided(act: ProviderAct, order: Order) -> Step:
    """The step of what the provider says of the order's payment, frozen before if it was won."""
    is_frozen = act is not ProviderAct.PAYMENT_DISPUTE_WON
    return taken(decide(order if is_frozen else frozen(order), told(act), NOW))


def reminded(order: Order, window: Window, role: Role) -> Step:
    """The step of the reminder of a window."""
    return expire(order, Timer(NOW, TimerEffect.REMIND, window, role), NOW + SECOND)


def opens_dispute() -> Order:
    """Silence after this refused revision opens a dispute."""
    at_once = until(SOON, Role.BUYER, Window.DECISION, TimerEffect.OPEN_DISPUTE)
    return revision_refused(deadline=at_once)


PLACED = taken(place("o1", "bea", TERMS, (), Policy(), NOW))
ASKED, MADE = asked_to_cancel(), delivered(offer=offer())
PROPOSED = delivered(settlements=(BUYERS_PROPOSAL, SELLERS_PROPOSAL))
ARGUED, TAKEN = disputed(settlements=(SELLERS_PROPOSAL,)), disputed("mona", offer=None)

TOLD: tuple[tuple[str, Step, People], ...] = (
    ("order.placed", PLACED, PARTIES),
    ("order.accepted", done(pending(), Action.ACCEPT, SELLER), PARTIES),
    ("order.delivered", done(in_progress(), Action.DELIVER, SELLER), PARTIES),
    ("order.revision_requested", done(delivered(), Action.REQUEST_REVISION, BUYER), PARTIES),
    (
        "order.revision_accepted",
        done(revision_requested(), Action.ACCEPT_REVISION, SELLER),
        PARTIES,
    ),
    ("order.revision_refused", done(revision_requested(), Action.REFUSE_REVISION, SELLER), PARTIES),
    ("order.completed", done(revision_refused(), Action.COMPLETE, BUYER), PARTIES),
    ("order.completed", silent(delivered(), SOON + SECOND), PARTIES),
    ("order.completed", silent(revision_refused(), SOON + SECOND), PARTIES),
    ("order.cancelled", done(revision_refused(), Action.CANCEL, SELLER), PARTIES),
    ("order.cancelled", done(delivered(), Action.CANCEL, OPERATOR), PARTIES),
    ("order.cancelled", done(disputed(), Action.CANCEL, OPERATOR), PARTIES),
    ("order.cancelled", done(disputed("mona"), Action.CANCEL, OPERATOR), PARTIES_AND_MONA),
    ("order.cancelled", silent(pending(), SOON + SECOND), PARTIES),
    ("order.late", silent(in_progress(), SOON + SECOND), PARTIES),
    ("order.answer_overdue", silent(revision_requested(), SOON + SECOND), PARTIES),
    ("order.extra_bought", done(revision_refused(), Action.BUY_EXTRA, BUYER), PARTIES),
    ("order.offer_requested", done(delivered(), Action.REQUEST_OFFER, BUYER), PARTIES),
    ("order.offer_made", done(delivered(), Action.MAKE_OFFER, SELLER), PARTIES),
    ("order.offer_withdrawn", done(MADE, Action.WITHDRAW_OFFER, SELLER), PARTIES),
    ("order.offer_declined", done(MADE, Action.DECLINE_OFFER, BUYER), PARTIES),
    ("order.offer_accepted", done(MADE, Action.ACCEPT_OFFER, BUYER), PARTIES),
    ("order.offer_lapsed", silent(delivered(offer=offer(lapses_at=NOW)), NOW + SECOND), PARTIES),
    (
        "order.cancellation_requested",
        done(in_progress(), Action.REQUEST_CANCELLATION, BUYER),
        PARTIES,
    ),
    ("order.cancellation_refused", done(ASKED, Action.REFUSE_CANCELLATION, SELLER), PARTIES),
    ("order.cancellation_unanswered", silent(ASKED, SOON + SECOND), PARTIES),
    (
        "order.dispute_opened",
        done(asked_to_cancel(cancellation_refusals=1), Action.REFUSE_CANCELLATION, SELLER),
        PARTIES_AND_ALL_MEDIATORS,
    ),
    (
        "order.dispute_opened",
        done(revision_refused(), Action.OPEN_DISPUTE, BUYER),
        PARTIES_AND_ALL_MEDIATORS,
    ),
    ("order.dispute_opened", silent(opens_dispute(), SOON + SECOND), PARTIES_AND_ALL_MEDIATORS),
    (
        "order.dispute_escalated",
        silent(disputed(), SOON + SECOND),
        [ALL_MEDIATORS, ALL_OPERATORS],
    ),
    ("order.dispute_assigned", done(disputed(), Action.ASSIGN, MEDIATOR), PARTIES_AND_MONA),
    ("order.dispute_assigned", done(disputed(), Action.ASSIGN, OPERATOR), PARTIES_AND_MILO),
    (
        "order.dispute_assigned",
        done(TAKEN, Action.ASSIGN, OPERATOR, Assign(mediator_id="mona")),
        PARTIES_AND_MONA,
    ),
    (
        "order.dispute_handed_over",
        done(TAKEN, Action.ASSIGN, OPERATOR),
        [BEA, MILO, MONA, SAM],
    ),
    (
        "order.dispute_released",
        done(TAKEN, Action.RELEASE, MEDIATOR),
        PARTIES_AND_ALL_MEDIATORS,
    ),
    (
        "order.dispute_released",
        done(TAKEN, Action.RELEASE, OPERATOR),
        PARTIES_AND_ALL_MEDIATORS,
    ),
    ("order.ruling_overdue", silent(TAKEN, SOON + SECOND), [ALL_MEDIATORS, ALL_OPERATORS]),
    (
        "order.dispute_opened",
        silent(held_for(-SECOND, delivered), NOW),
        [BEA, ALL_MEDIATORS, ALL_OPERATORS, SAM],
    ),
    (
        "order.holding_limit_reached",
        silent(held_for(-SECOND, disputed), NOW),
        [ALL_MEDIATORS, ALL_OPERATORS],
    ),
    (
        "order.holding_reminder",
        reminded(held_for(DAY, in_progress), Window.HOLDING, Role.OPERATOR),
        [ALL_OPERATORS],
    ),
    *(
        (f"order.{act}", provided(act, make()), people)
        for act in ProviderAct
        for make, people in (
            (delivered, [BEA, ALL_OPERATORS, SAM]),
            (disputed, ALL_OF_A_FREE_CASE[act]),
            (hers, [BEA, MONA, ALL_OPERATORS, SAM]),
        )
    ),
    ("order.ruling_reminder", reminded(TAKEN, Window.RULING, Role.MEDIATOR), [MONA]),
    (
        "order.statement_added",
        done(disputed(), Action.ADD_STATEMENT, BUYER),
        PARTIES_AND_ALL_MEDIATORS,
    ),
    ("order.statement_added", done(TAKEN, Action.ADD_STATEMENT, SELLER), PARTIES_AND_MONA),
    ("order.statement_added", done(TAKEN, Action.ADD_STATEMENT, MEDIATOR), PARTIES_AND_MONA),
    ("order.dispute_resolved", done(TAKEN, Action.RESOLVE, MEDIATOR), PARTIES_AND_MONA),
    ("order.dispute_resolved", done(disputed(), Action.RESOLVE, MEDIATOR), PARTIES_AND_MONA),
    ("order.dispute_resolved", done(TAKEN, Action.RESOLVE, MEDIATOR, RESTART), PARTIES_AND_MONA),
    ("order.settlement_proposed", done(delivered(), Action.PROPOSE_SETTLEMENT, BUYER), PARTIES),
    ("order.settlement_proposed", done(TAKEN, Action.PROPOSE_SETTLEMENT, SELLER), PARTIES_AND_MONA),
    ("order.settlement_withdrawn", done(PROPOSED, Action.WITHDRAW_SETTLEMENT, BUYER), PARTIES),
    ("order.settled", done(PROPOSED, Action.ACCEPT_SETTLEMENT, SELLER), PARTIES),
    ("order.settled", done(ARGUED, Action.ACCEPT_SETTLEMENT, BUYER, about("by-seller")), PARTIES),
    (
        "order.settled",
        done(disputed("mona", settlements=(BUYERS_PROPOSAL,)), Action.ACCEPT_SETTLEMENT, SELLER),
        PARTIES_AND_MONA,
    ),
    ("order.acceptance_reminder", reminded(pending(), Window.ACCEPTANCE, Role.SELLER), [SAM]),
    ("order.delivery_reminder", reminded(in_progress(), Window.DELIVERY, Role.SELLER), [SAM]),
    ("order.review_reminder", reminded(delivered(), Window.REVIEW, Role.BUYER), [BEA]),
    (
        "order.revision_answer_reminder",
        reminded(revision_requested(), Window.REVISION_ANSWER, Role.SELLER),
        [SAM],
    ),
    ("order.decision_reminder", reminded(revision_refused(), Window.DECISION, Role.BUYER), [BEA]),
    (
        "order.cancellation_answer_reminder",
        reminded(ASKED, Window.CANCELLATION_ANSWER, Role.SELLER),
        [SAM],
    ),
    ("order.offer_reminder", reminded(MADE, Window.OFFER, Role.BUYER), [BEA]),
)
"""An event, a step that is one, and the people who hear of it, sorted."""


@pytest.mark.parametrize(("event", "step", "people"), TOLD)
def test_those_whom_it_concerns_are_told_once_and_nobody_else(
    event: str, step: Step, people: People
) -> None:
    assert (event, people) == (step.event, people_told(step))


def test_no_event_is_left_out() -> None:
    assert set(EVENTS) == {event for event, _, _ in TOLD}
    assert len(set(EVENTS)) == len(EVENTS)


def test_a_refusal_tells_nobody() -> None:
    assert not hasattr(decide(pending(), wish(Action.COMPLETE, BUYER), NOW), "notices")


def test_after_a_restart_the_order_does_not_concern_the_mediator_any_more() -> None:
    restarted = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    assert PARTIES == people_told(done(restarted, Action.DELIVER, SELLER))


def test_a_second_dispute_concerns_every_mediator_again() -> None:
    closed = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART).dispute
    step = done(revision_refused(dispute=closed), Action.OPEN_DISPUTE, BUYER)
    assert PARTIES_AND_ALL_MEDIATORS == people_told(step)
