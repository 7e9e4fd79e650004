"""How many lines an order may have: so many that its money and its due date can always be told."""

from datetime import timedelta

import pytest

from domain.actions import Fields, MakeOffer
from domain.duration import LONGEST
from domain.order import Actor, Line
from domain.policy import MOST_LINES, Policy
from domain.vocabulary import Action, LineKind
from tests.domain.acts import VALID, decided, offered, why_not
from tests.domain.examples import (
    BUYER,
    DAY,
    NOW,
    SELLER,
    MakeOrder,
    delivered,
    in_progress,
    offer,
    pending,
    revision_refused,
)

LIMITED = Policy(most_lines=MOST_LINES)
ADDS_A_LINE = pytest.mark.parametrize(
    ("action", "state"),
    [
        (Action.BUY_EXTRA, pending),
        (Action.BUY_EXTRA, in_progress),
        (Action.BUY_EXTRA, delivered),
        (Action.BUY_EXTRA, revision_refused),
        (Action.ACCEPT_OFFER, in_progress),
        (Action.ACCEPT_OFFER, delivered),
        (Action.ACCEPT_OFFER, revision_refused),
    ],
)


def lines(count: int, delivery_time: timedelta = DAY) -> tuple[Line, ...]:
    """So many lines of a cent each."""
    return tuple(
        Line(id=f"line-{n}", kind=LineKind.OFFER, price=1, delivery_time=delivery_time)
        for n in range(count)
    )


@ADDS_A_LINE
def test_a_full_order_takes_no_further_line(action: Action, state: MakeOrder) -> None:
    full = state(lines=lines(MOST_LINES), policy=LIMITED, offer=offer())
    refusal = why_not(full, action, BUYER)
    expected = "An order has at most 100 lines, as this one does; place another order."
    assert ("action-not-allowed", expected) == (refusal.code, refusal.detail)


@ADDS_A_LINE
def test_the_last_line_that_there_is_room_for_is_taken(action: Action, state: MakeOrder) -> None:
    nearly = state(lines=lines(MOST_LINES - 1), policy=LIMITED, offer=offer())
    assert MOST_LINES == len(decided(nearly, action, BUYER).lines)


@ADDS_A_LINE
def test_an_order_from_before_there_was_a_limit_goes_on_as_it_did(
    action: Action, state: MakeOrder
) -> None:
    stored = LIMITED.model_dump()
    del stored["most_lines"]
    order = state(lines=lines(MOST_LINES), policy=Policy.model_validate(stored), offer=offer())
    assert MOST_LINES + 1 == len(decided(order, action, BUYER).lines)


@pytest.mark.parametrize("state", [in_progress, delivered, revision_refused])
def test_nothing_is_offered_that_could_not_be_accepted(state: MakeOrder) -> None:
    full = state(lines=lines(MOST_LINES), policy=LIMITED)
    assert "action-not-allowed" == why_not(full, Action.MAKE_OFFER, SELLER).code
    nearly = state(lines=lines(MOST_LINES - 1), policy=LIMITED)
    assert decided(nearly, Action.MAKE_OFFER, SELLER, offered(700)).offer is not None


@pytest.mark.parametrize(
    ("action", "actor", "fields"),
    [
        (Action.DECLINE_OFFER, BUYER, VALID[Action.DECLINE_OFFER]),
        (Action.WITHDRAW_OFFER, SELLER, VALID[Action.WITHDRAW_OFFER]),
        (Action.CANCEL, SELLER, VALID[Action.CANCEL]),
        (Action.COMPLETE, BUYER, VALID[Action.COMPLETE]),
    ],
)
def test_a_full_order_goes_on_in_every_other_way(
    action: Action, actor: Actor, fields: Fields
) -> None:
    full = delivered(lines=lines(MOST_LINES), policy=LIMITED, offer=offer())
    assert decided(full, action, actor, fields).offer is None


def test_a_full_order_with_the_longest_delivery_times_is_due_within_a_century() -> None:
    full = pending(lines=lines(MOST_LINES, LONGEST), policy=LIMITED)
    due_at = decided(full, Action.ACCEPT, SELLER).due_at
    assert due_at is not None
    assert due_at - NOW <= timedelta(days=36_600)


def test_offers_do_not_move_the_due_date_past_what_a_date_can_say() -> None:
    order = in_progress(policy=LIMITED)
    longest = VALID[Action.MAKE_OFFER].model_copy(update={"delivery_time": LONGEST})
    assert isinstance(longest, MakeOffer)
    for number in range(MOST_LINES - 1):
        made = decided(order, Action.MAKE_OFFER, SELLER, longest).offer
        assert made is not None
        named = made.model_copy(update={"id": f"offer-{number}"})
        wish = VALID[Action.ACCEPT_OFFER].model_copy(update={"offer_id": named.id})
        order = decided(order.model_copy(update={"offer": named}), Action.ACCEPT_OFFER, BUYER, wish)
    assert why_not(order, Action.MAKE_OFFER, SELLER, longest).detail.startswith("An order has")
