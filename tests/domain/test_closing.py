"""An ended order has nothing open: whatever was, closes with it."""

from typing import Any

import pytest

from domain.actions import Fields
from domain.order import Actor, Order
from domain.rules import allowed, decide
from domain.timers import next_timer
from domain.vocabulary import Action, CancellationStatus, Role, State
from tests.domain.acts import (
    PAY_SELLER,
    REFUND,
    VALID,
    about,
    decided,
    silent,
    split,
    why_not,
    wish,
)
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SITUATIONS,
    SOON,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
    wish_to_cancel,
)

LATER = SOON + SECOND
OPEN: dict[str, Any] = {
    "offer": offer(lapses_at=SOON + SECOND, remind_at=SOON),
    "settlements": (BUYERS_PROPOSAL, SELLERS_PROPOSAL),
}
WORKING: dict[str, Any] = {
    **OPEN,
    "cancellation_request": wish_to_cancel(answer_by=LATER, remind_at=SOON),
}
ARGUED: dict[str, Any] = {"settlements": (BUYERS_PROPOSAL, SELLERS_PROPOSAL)}
ACCEPT = Action.ACCEPT_SETTLEMENT


def ended(order: Order, action: Action, actor: Actor, fields: Fields | None = None) -> Order:
    """The order that somebody ended."""
    return decided(order, action, actor, fields)


ENDED: dict[str, Order] = {
    "completed": ended(delivered(**OPEN), Action.COMPLETE, BUYER),
    "completed after a refusal": ended(revision_refused(**OPEN), Action.COMPLETE, BUYER),
    "completed by silence": silent(delivered(**OPEN), LATER).order,
    "decided by silence": silent(revision_refused(**OPEN), LATER).order,
    "never accepted": silent(pending(), LATER).order,
    "withdrawn": ended(pending(), Action.CANCEL, BUYER),
    "cancelled by the seller": ended(in_progress(**WORKING), Action.CANCEL, SELLER),
    "cancelled late": ended(late(**WORKING), Action.CANCEL, BUYER),
    "cancelled by the operator": ended(revision_requested(**OPEN), Action.CANCEL, OPERATOR),
    "cancelled in a dispute": ended(disputed("mona", **ARGUED), Action.CANCEL, OPERATOR),
    "settled": ended(in_progress(**WORKING), ACCEPT, SELLER),
    "settled in a dispute": ended(disputed(**ARGUED), ACCEPT, BUYER, about("by-seller")),
    "refunded": ended(disputed(**ARGUED), Action.RESOLVE, MEDIATOR, REFUND),
    "won by the seller": ended(disputed("mona", **ARGUED), Action.RESOLVE, MEDIATOR, PAY_SELLER),
    "split": ended(disputed(**ARGUED), Action.RESOLVE, MEDIATOR, split(500)),
}
EACH_END = pytest.mark.parametrize("end", ENDED)
PEOPLE = (BUYER, SELLER, MEDIATOR, OPERATOR)


@EACH_END
def test_nothing_stays_open(end: str) -> None:
    order = ENDED[end]
    assert order.state.is_final
    assert (None, None, None) == (order.offer, order.cancellation_request, order.deadline)
    assert ((), ()) == (order.settlements, order.extras)
    assert order.dispute is None or order.dispute.closed_at is not None


@EACH_END
def test_nothing_happens_by_itself_any_more(end: str) -> None:
    assert next_timer(ENDED[end]) is None


@EACH_END
def test_nobody_may_do_anything_any_more(end: str) -> None:
    assert {who.role: () for who in PEOPLE} == {
        who.role: allowed(ENDED[end], who) for who in PEOPLE
    }


@EACH_END
def test_whoever_tries_is_refused_and_no_money_moves(end: str) -> None:
    order = ENDED[end]
    codes = {
        why_not(order, action, actor, VALID[action]).code for action in Action for actor in PEOPLE
    }
    assert codes <= {"forbidden", "action-not-allowed", "deadline-passed"}


@pytest.mark.parametrize(
    "order",
    [
        revision_refused(**OPEN),
        late(**{**WORKING, "cancellation_request": wish_to_cancel(CancellationStatus.REFUSED)}),
    ],
)
def test_a_dispute_closes_the_offer_and_the_wish_to_cancel_but_not_the_proposals(
    order: Order,
) -> None:
    order = decided(order, Action.OPEN_DISPUTE, BUYER)
    assert (None, None) == (order.offer, order.cancellation_request)
    assert OPEN["settlements"] == order.settlements
    timer = next_timer(order)
    assert timer is not None
    assert Role.MEDIATOR is timer.waits_for


def test_every_kind_of_end_is_looked_at() -> None:
    kinds = {order.state for order in ENDED.values()}
    assert {State.COMPLETED, State.CANCELLED, State.SETTLED} == kinds


@pytest.mark.parametrize("situation", SITUATIONS)
def test_deciding_is_the_same_twice(situation: str) -> None:
    order = SITUATIONS[situation]
    for action in Action:
        for actor in PEOPLE:
            act = wish(action, actor)
            assert decide(order, act, NOW) == decide(order, act, NOW)
