"""An order in words: where it stands, what happens next, and where the money went."""

import pytest

from domain.operator_text import (
    ONLY_WHILE_IT_RUNS,
    command_in_words,
    deadline_in_words,
    expiry_in_words,
    instant,
    people_in_words,
    summary,
    timer_in_words,
)
from domain.order import Actor, Order
from domain.policy import Policy
from domain.rules import decide, expire
from domain.timers import reminder_due
from domain.vocabulary import Action, CancellationStatus, State, TimerEffect
from tests.domain.acts import decided, silent, split, taken, wish
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    HOUR,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SELLERS_PROPOSAL,
    SERVICE,
    SITUATIONS,
    SOON,
    answer_overdue,
    asked_to_cancel,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
    timer,
    wish_to_cancel,
)

STRICT = Policy(decision_expiry=TimerEffect.OPEN_DISPUTE)
WAITS = "Waits since 2026-11-22 10:00:00 UTC"


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


def test_a_deadline_tells_the_money_to_the_cent() -> None:
    odd = delivered(lines=(SERVICE.model_copy(update={"price": 2001}),))
    expected = "the order completes and 16.01 EUR goes to the seller"
    assert f"2026-11-23 11:00:00 UTC: {expected}" == deadline_in_words(odd)


def test_where_nothing_runs_out_there_are_no_words() -> None:
    assert deadline_in_words(late()) is None


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (pending(), f"{WAITS} for the seller."),
        (late(), f"{WAITS} for the seller, who is late: the buyer may cancel alone."),
        (answer_overdue(), "whose answer is overdue: the buyer may open a dispute."),
        (revision_refused(), f"{WAITS} for the buyer."),
        (disputed(), f"{WAITS} for the mediator."),
        (disputed("mona"), f"{WAITS} for the mediator `mona`, who has the case."),
    ],
)
def test_an_open_order_tells_whom_it_waits_for(order: Order, expected: str) -> None:
    assert expected in summary(order)


def test_an_order_tells_all_of_where_it_stands() -> None:
    assert (
        "**revision refused** · 20.00 EUR\n\n"
        f"{WAITS} for the buyer.\n\n"
        "At 2026-11-23 11:00:00 UTC: the order completes and 16.00 EUR goes to the seller.\n\n"
        f"{ONLY_WHILE_IT_RUNS}\n\n"
        "Buyer `bea`, seller `sam`, step 7." == summary(revision_refused())
    )


def test_a_case_that_somebody_has_tells_whose_it_is_and_until_when_it_should_be_ruled() -> None:
    order = decided(disputed("mona"), Action.ASSIGN, OPERATOR)
    assert (
        "**disputed** · 20.00 EUR\n\n"
        "Waits since 2026-11-23 10:00:00 UTC for the mediator `milo`, who has the case.\n\n"
        "At 2026-11-30 10:00:00 UTC: mediators and operators are told again; a dispute never ends"
        " by itself.\n\n"
        f"{ONLY_WHILE_IT_RUNS}\n\n"
        "Buyer `bea`, seller `sam`, step 8." == summary(order)
    )


def test_an_ended_order_tells_who_ended_it_and_where_the_money_went() -> None:
    order = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, split(500))
    assert (
        "**settled** · 20.00 EUR\n\n"
        "Ended by mediator (resolve) at 2026-11-23 10:00:00 UTC: 5.00 EUR back to the buyer, "
        "12.00 EUR to the seller, 3.00 EUR commission.\n\n"
        "Buyer `bea`, seller `sam`, step 8." == summary(order)
    )


def test_an_order_that_silence_ended_tells_which_window_ran_out() -> None:
    order = silent(pending(), SOON + SECOND).order
    ended = (
        "Ended by deadline (acceptance) at 2026-11-23 11:00:01 UTC: 20.00 EUR back to the buyer."
    )
    assert ended in summary(order)


def test_what_a_workflow_begins_with_is_as_true_at_its_end() -> None:
    ended = decided(delivered(), Action.COMPLETE, BUYER)
    assert "Order of `bea` from `sam`" == people_in_words(delivered()) == people_in_words(ended)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_order_tells_its_state_and_its_step(situation: str) -> None:
    order = SITUATIONS[situation]
    told = summary(order)
    assert told.startswith(f"**{order.state.replace('_', ' ')}**")
    assert told.endswith("step 7.")
    assert (order.state in (State.COMPLETED, State.CANCELLED, State.SETTLED)) == (
        "Ended by" in told
    )


def test_a_step_in_one_line_names_who_did_what_and_the_money() -> None:
    act = wish(Action.COMPLETE, BUYER)
    assert "buyer: complete → completed · credit_wallet 20.00 EUR" == command_in_words(
        act, decide(delivered(), act, NOW)
    )


def test_a_step_without_money_names_none() -> None:
    act = wish(Action.REQUEST_REVISION, BUYER)
    assert "buyer: request revision → revision requested" == command_in_words(
        act, decide(delivered(), act, NOW)
    )


def test_a_refusal_in_one_line_names_its_code() -> None:
    act = wish(Action.COMPLETE, SELLER)
    assert "refused · seller: complete · forbidden" == command_in_words(
        act, decide(delivered(), act, NOW)
    )


def test_silence_in_one_line_names_the_window() -> None:
    order = revision_refused()
    told = expiry_in_words(timer(order), silent(order, SOON + SECOND))
    assert "decision ran out: complete · credit_wallet 20.00 EUR" == told


def test_silence_that_moves_no_money_in_one_line() -> None:
    order = revision_requested()
    told = expiry_in_words(timer(order), silent(order, SOON + SECOND))
    assert "revision answer ran out: dispute allowed" == told


def test_words_hold_nothing_that_people_wrote() -> None:
    act = wish(Action.OPEN_DISPUTE, BUYER)
    step = taken(decide(revision_refused(), act, NOW))
    told = command_in_words(act, step) + summary(step.order)
    assert "Because." not in told


def test_a_timer_in_one_line_names_its_window_and_what_follows() -> None:
    asked = asked_to_cancel()
    told = {
        "acceptance window: then cancel": pending(),
        "delivery window: then late": in_progress(),
        "review window: then complete": delivered(),
        "revision answer window: then dispute allowed": revision_requested(),
        "decision window: then complete": revision_refused(),
        "assignment window: then escalate": disputed(),
        "ruling window: then escalate": disputed("mona"),
        "cancellation answer window: then leave cancellation unanswered": asked,
        "offer window: then lapse offer": late(offer=offer()),
    }
    assert list(told) == [timer_in_words(timer(order)) for order in told.values()]


def test_a_reminder_in_one_line_names_the_window_that_ends() -> None:
    order = late(offer=offer(remind_at=NOW))
    due = reminder_due(order, NOW + SECOND)
    assert due is not None
    assert "offer window: then remind" == timer_in_words(due)
    step = expire(order, due, NOW + SECOND)
    assert "reminder: the offer window ends soon" == expiry_in_words(due, step)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (late(offer=offer()), "offer ran out: lapse offer"),
        (asked_to_cancel(), "cancellation answer ran out: leave cancellation unanswered"),
        (disputed(), "assignment ran out: escalate"),
        (disputed("mona"), "ruling ran out: escalate"),
        (pending(), "acceptance ran out: cancel · refund_buyer 20.00 EUR"),
    ],
)
def test_what_else_silence_does_in_one_line(order: Order, expected: str) -> None:
    assert expected == expiry_in_words(timer(order), silent(order, SOON + SECOND))


@pytest.mark.parametrize(
    ("order", "action", "actor", "expected"),
    [
        (late(), Action.MAKE_OFFER, SELLER, "seller: make offer → in progress"),
        (
            delivered(offer=offer()),
            Action.ACCEPT_OFFER,
            BUYER,
            "buyer: accept offer → in progress · hold_in_escrow 7.00 EUR",
        ),
        (
            delivered(settlements=(BUYERS_PROPOSAL,)),
            Action.ACCEPT_SETTLEMENT,
            SELLER,
            "seller: accept settlement → settled · split_escrow 20.00 EUR",
        ),
        (
            asked_to_cancel(cancellation_refusals=1),
            Action.REFUSE_CANCELLATION,
            SELLER,
            "seller: refuse cancellation → disputed",
        ),
        (disputed("mona"), Action.ASSIGN, OPERATOR, "operator: assign → disputed"),
        (disputed("mona"), Action.RELEASE, MEDIATOR, "mediator: release → disputed"),
    ],
)
def test_what_is_new_in_one_line(order: Order, action: Action, actor: Actor, expected: str) -> None:
    act = wish(action, actor)
    assert expected == command_in_words(act, decide(order, act, NOW))


def test_an_order_that_both_settled_tells_who_signed_last() -> None:
    before = delivered(settlements=(BUYERS_PROPOSAL,))
    assert (
        "Ended by seller (accept settlement) at 2026-11-23 10:00:00 UTC: 15.00 EUR back to the "
        "buyer, 4.00 EUR to the seller, 1.00 EUR commission."
        in summary(decided(before, Action.ACCEPT_SETTLEMENT, SELLER))
    )


@pytest.mark.parametrize(
    "order",
    [
        late(offer=offer()),
        in_progress(offer=offer(lapses_at=NOW + HOUR / 2)),
        late(cancellation_request=wish_to_cancel()),
        asked_to_cancel(),
    ],
)
def test_an_order_tells_what_happens_next_by_itself(order: Order) -> None:
    assert instant(timer(order).at) in summary(order)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            delivered(offer=offer()),
            "- An offer over 7.00 EUR is open until 2026-11-23 11:00:00 UTC.",
        ),
        (
            asked_to_cancel(),
            "- The buyer asks to cancel; the seller may answer until 2026-11-23 11:00:00 UTC.",
        ),
        (
            asked_to_cancel(CancellationStatus.REFUSED),
            "- The buyer's wish to cancel was refused: they may open a dispute.",
        ),
        (
            asked_to_cancel(CancellationStatus.UNANSWERED),
            "- The buyer's wish to cancel was left unanswered: they may open a dispute.",
        ),
        (
            disputed(settlements=(BUYERS_PROPOSAL,)),
            "- The buyer proposes to settle: 15.00 EUR back to the buyer.",
        ),
        (
            disputed(settlements=(SELLERS_PROPOSAL,)),
            "- The seller proposes to settle: 5.00 EUR back to the buyer.",
        ),
    ],
)
def test_an_order_tells_what_is_open_beside_its_state(order: Order, expected: str) -> None:
    assert expected in summary(order).split("\n\n")


def test_an_order_on_which_nothing_else_is_open_tells_of_nothing_else() -> None:
    assert not [line for line in summary(delivered()).split("\n\n") if line.startswith("-")]
