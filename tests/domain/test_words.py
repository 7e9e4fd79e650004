"""An order in words: where it stands, what happens next, and where the money went."""

import pytest

from domain.order import Order
from domain.policy import Policy
from domain.rules import decide, expire
from domain.vocabulary import Action, OnExpiry, State
from domain.words import act_in_words, deadline_in_words, expiry_in_words, standing
from tests.domain.acts import decided, split, taken, wish
from tests.domain.examples import (
    BUYER,
    MEDIATOR,
    NOW,
    SECOND,
    SELLER,
    SITUATIONS,
    SOON,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_refused,
    revision_requested,
)

STRICT = Policy(decision_expiry=OnExpiry.OPEN_DISPUTE)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (pending(), "the order is cancelled and 20.00 EUR goes back to the buyer"),
        (in_progress(), "the order is late and the buyer may cancel it alone"),
        (delivered(), "the order completes and 16.00 EUR goes to the seller"),
        (revision_requested(), "the buyer may open a dispute"),
        (revision_refused(), "the order completes and 16.00 EUR goes to the seller"),
        (disputed(), "mediators and operators are told again; a dispute never ends by itself"),
    ],
)
def test_a_deadline_tells_its_instant_and_what_follows(order: Order, expected: str) -> None:
    assert f"2026-11-23 11:00:00 UTC: {expected}" == deadline_in_words(order)


def test_the_deadline_of_an_order_whose_policy_opens_a_dispute_says_so() -> None:
    order = decided(revision_requested(policy=STRICT), Action.REFUSE_REVISION, SELLER)
    expected = "2026-11-30 10:00:00 UTC: a dispute opens and a mediator decides"
    assert expected == deadline_in_words(order)


def test_where_nothing_runs_out_there_are_no_words() -> None:
    assert deadline_in_words(late()) is None


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (pending(), "Waits for the seller."),
        (late(), "Waits for the seller, who is late: the buyer may cancel alone."),
        (answer_overdue(), "whose answer is overdue: the buyer may open a dispute."),
        (revision_refused(), "Waits for the buyer."),
        (disputed(), "Waits for the mediator."),
        (disputed("mona"), "Waits for the mediator `mona`, who has the case."),
    ],
)
def test_an_open_order_tells_whom_it_waits_for(order: Order, expected: str) -> None:
    assert expected in standing(order)


def test_an_order_tells_all_of_where_it_stands() -> None:
    assert (
        "**revision refused** · 20.00 EUR\n\n"
        "Waits for the buyer.\n\n"
        "At 2026-11-23 11:00:00 UTC: the order completes and 16.00 EUR goes to the seller.\n\n"
        "Buyer `bea`, seller `sam`, step 7." == standing(revision_refused())
    )


def test_an_ended_order_tells_who_ended_it_and_where_the_money_went() -> None:
    order = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, split(500))
    assert (
        "**settled** · 20.00 EUR\n\n"
        "Ended by mediator (resolve): 5.00 EUR back to the buyer, 12.00 EUR to the seller, "
        "3.00 EUR commission.\n\n"
        "Buyer `bea`, seller `sam`, step 8." == standing(order)
    )


def test_an_order_that_silence_ended_tells_which_window_ran_out() -> None:
    order = expire(pending(), SOON + SECOND).order
    assert "Ended by deadline (acceptance): 20.00 EUR back to the buyer." in standing(order)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_order_tells_its_state_and_its_step(situation: str) -> None:
    order = SITUATIONS[situation]
    told = standing(order)
    assert told.startswith(f"**{order.state.replace('_', ' ')}**")
    assert told.endswith("step 7.")
    assert (order.state in (State.COMPLETED, State.CANCELLED, State.SETTLED)) == (
        "Ended by" in told
    )


def test_a_step_in_one_line_names_who_did_what_and_the_money() -> None:
    act = wish(Action.COMPLETE, BUYER)
    assert "buyer: complete → completed · 20.00 EUR" == act_in_words(
        act, decide(delivered(), act, NOW)
    )


def test_a_step_without_money_names_none() -> None:
    act = wish(Action.REQUEST_REVISION, BUYER)
    assert "buyer: request revision → revision requested" == act_in_words(
        act, decide(delivered(), act, NOW)
    )


def test_a_refusal_in_one_line_names_its_code() -> None:
    act = wish(Action.COMPLETE, SELLER)
    assert "refused · seller: complete · forbidden" == act_in_words(
        act, decide(delivered(), act, NOW)
    )


def test_silence_in_one_line_names_the_window() -> None:
    order = revision_refused()
    assert order.deadline is not None
    step = expire(order, SOON + SECOND)
    assert "decision ran out: complete · 20.00 EUR" == expiry_in_words(order.deadline, step)


def test_silence_that_moves_no_money_in_one_line() -> None:
    order = revision_requested()
    assert order.deadline is not None
    step = expire(order, SOON + SECOND)
    expected = "revision answer ran out: dispute allowed"
    assert expected == expiry_in_words(order.deadline, step)


def test_words_hold_nothing_that_people_wrote() -> None:
    act = wish(Action.OPEN_DISPUTE, BUYER)
    step = taken(decide(revision_refused(), act, NOW))
    told = act_in_words(act, step) + standing(step.order)
    assert "Because." not in told
