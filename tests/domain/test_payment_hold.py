"""An order whose payment is disputed stands still: no money moves, no time passes, and only the
payment provider has it go on or ends it."""

from datetime import timedelta
from typing import Any

import pytest

from domain.actions import PROVIDER_FIELDS, AboutChargeback
from domain.command import Command, Refusal, command
from domain.deadlines import waits_for
from domain.ledger import WORLD, PostingKind, escrow, wallet
from domain.operator_text import summary
from domain.order import Actor, Order
from domain.reasons import Reason
from domain.rules import RULES, allowed, as_of, decide
from domain.signals import Unreadable, read
from domain.standing import since
from domain.step import Step
from domain.timers import next_timer, timers
from domain.vocabulary import (
    OPEN_STATES,
    Action,
    CancellationStatus,
    Code,
    ProviderAct,
    Role,
    State,
    Window,
)
from tests.domain.acts import refused, taken, wish
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    MakeOrder,
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
)
from tests.domain.held import held_for

PROVIDER = Actor(id="stripe", role=Role.PROVIDER)
DISPUTED, WON, LOST = ProviderAct
OPEN: list[MakeOrder] = [
    pending,
    in_progress,
    delivered,
    revision_requested,
    revision_refused,
    disputed,
]
LATER = NOW + 20 * DAY


def said(act: ProviderAct, cents: int = 2_000, chargeback: str = "dispute-1") -> AboutChargeback:
    """What the provider says of the payment."""
    amount = {"amount": cents, "currency": "EUR"}
    model, words = PROVIDER_FIELDS[act], {"chargeback_id": chargeback, "amount": amount}
    return model.model_validate({name: words[name] for name in words if name in model.model_fields})


def told(act: ProviderAct, **more: Any) -> Command:
    """The same as it comes to the order, at NOW."""
    return command(act, PROVIDER, NOW, said(act, **more))


def frozen(order: Order) -> Order:
    """The order once its payment is disputed."""
    return taken(decide(order, told(DISPUTED), NOW)).order


@pytest.mark.parametrize("make", OPEN)
def test_nothing_is_left_to_do_but_to_speak_in_a_case(make: MakeOrder) -> None:
    order = frozen(make())
    for actor in (BUYER, SELLER, MEDIATOR, OPERATOR):
        assert set(allowed(order, actor)) <= {Action.ADD_STATEMENT}
        for rule in RULES:
            if rule.by is actor.role and rule.action is not Action.ADD_STATEMENT:
                assert isinstance(rule.action, Action)
                verdict = decide(order, wish(rule.action, actor), NOW)
                assert isinstance(verdict, Refusal)
    assert order.state is make().state


def test_a_refusal_says_that_the_payment_is_disputed() -> None:
    refusal = refused(decide(frozen(delivered()), wish(Action.COMPLETE, BUYER), NOW))
    assert (Code.ACTION_NOT_ALLOWED, Reason.PAYMENT_HELD) == (refusal.code, refusal.detail)


@pytest.mark.parametrize("make", OPEN)
def test_no_timer_runs_and_silence_changes_nothing(make: MakeOrder) -> None:
    order = frozen(held_for(10 * DAY, make))
    assert [] == list(timers(order))
    assert next_timer(order) is None
    assert order == as_of(order, NOW + 1_000 * DAY)


@pytest.mark.parametrize("make", OPEN)
def test_it_goes_on_with_the_time_that_every_deadline_had_left(make: MakeOrder) -> None:
    before = make()
    after = taken(decide(frozen(before), told(WON), LATER)).order
    stood_still = LATER - NOW
    assert before.deadline is not None
    assert after.deadline is not None
    assert before.deadline.at + stood_still == after.deadline.at
    if before.deadline.remind_at is not None:
        assert before.deadline.remind_at + stood_still == after.deadline.remind_at
    assert after.payment_hold is None
    if before.deadline.reason is Window.DELIVERY:
        assert after.due_at == after.deadline.at
    assert {one.at + stood_still for one in timers(before)} == {one.at for one in timers(after)}


@pytest.mark.parametrize(
    "before", [in_progress(offer=offer()), asked_to_cancel()], ids=["an offer", "a wish to cancel"]
)
def test_what_is_open_beside_it_has_its_time_too(before: Order) -> None:
    after = taken(decide(frozen(before), told(WON), LATER)).order
    stood_still = LATER - NOW
    assert {one.at + stood_still for one in timers(before)} == {one.at for one in timers(after)}


def test_time_stands_still_from_when_it_was_said_not_from_when_a_worker_came_to_it() -> None:
    before = delivered()
    assert before.deadline is not None
    late = before.deadline.at + DAY
    order = taken(decide(before, told(DISPUTED), late)).order
    after = taken(decide(order, told(WON), LATER)).order
    assert after.deadline is not None
    assert before.deadline.at - NOW == after.deadline.at - LATER


def test_the_limit_for_holding_the_money_does_not_stand_still() -> None:
    before = held_for(10 * DAY, delivered)
    after = taken(decide(frozen(before), told(WON), LATER)).order
    assert before.holding is not None
    assert after.holding is not None
    assert before.holding.limit_at == after.holding.limit_at
    limit = min(timers(after), key=lambda one: one.at)
    assert Window.HOLDING is limit.window


@pytest.mark.parametrize(
    ("cents", "gone"), [(1, 1), (1_999, 1_999), (2_000, 2_000), (9_000, 2_000)]
)
@pytest.mark.parametrize("make", OPEN)
@pytest.mark.parametrize("is_frozen", [True, False])
def test_what_is_lost_leaves_escrow_as_far_as_it_goes_and_the_rest_is_the_buyers(
    is_frozen: bool, make: MakeOrder, cents: int, gone: int
) -> None:
    before = frozen(make()) if is_frozen else make()
    step = taken(decide(before, told(LOST, cents=cents), LATER))
    (posting,) = step.postings
    assert (PostingKind.RECLAIM, f"order:{before.id}:end") == (posting.kind, posting.key)
    legs = {leg.credit: leg.amount for leg in posting.legs}
    rest = before.total - gone
    assert legs == {WORLD: gone} | ({wallet(before.buyer_id): rest} if rest else {})
    assert {escrow(before.id)} == {leg.debit for leg in posting.legs}
    assert step.order.outcome is not None
    assert (gone, rest, 0, 0) == (
        step.order.outcome.charged_back,
        step.order.outcome.refunded,
        step.order.outcome.paid_to_seller,
        step.order.outcome.commission,
    )
    assert State.CANCELLED is step.order.state
    assert (Role.PROVIDER, None) == (step.order.outcome.by, step.order.outcome.counts_as)
    assert (None, None) == (step.order.payment_hold, step.order.deadline)


@pytest.mark.parametrize("act", ProviderAct)
def test_an_order_that_has_ended_is_as_it_is(act: ProviderAct) -> None:
    ended = taken(decide(delivered(), wish(Action.COMPLETE, BUYER), NOW)).order
    assert Code.ACTION_NOT_ALLOWED is refused(decide(ended, told(act), NOW)).code


def test_what_is_said_twice_or_of_another_dispute_changes_nothing() -> None:
    order = frozen(delivered())
    again = decide(order, told(DISPUTED), NOW)
    assert Reason.HELD_ALREADY == refused(again).detail
    another = decide(order, told(WON, chargeback="dispute-2"), NOW)
    assert Reason.NOT_HELD == refused(another).detail
    assert Reason.NOT_HELD == refused(decide(delivered(), told(WON), NOW)).detail


def test_another_dispute_takes_over_and_time_goes_on_standing_still() -> None:
    before = delivered()
    first = frozen(before)
    taken_over = taken(
        decide(first, told(DISPUTED, cents=1_500, chargeback="dispute-2"), LATER)
    ).order
    assert first.payment_hold is not None
    assert taken_over.payment_hold == first.payment_hold.model_copy(
        update={"chargeback_id": "dispute-2", "amount": 1_500}
    )
    assert Reason.NOT_HELD == refused(decide(taken_over, told(WON), LATER)).detail
    after = taken(decide(taken_over, told(WON, chargeback="dispute-2"), LATER)).order
    assert before.deadline is not None
    assert after.deadline is not None
    assert before.deadline.at + (LATER - NOW) == after.deadline.at


@pytest.mark.parametrize("act", ProviderAct)
@pytest.mark.parametrize("actor", [BUYER, SELLER, MEDIATOR, OPERATOR])
def test_nobody_else_says_it(actor: Actor, act: ProviderAct) -> None:
    verdict = decide(delivered(), command(act, actor, NOW, said(act)), NOW)
    assert Code.FORBIDDEN is refused(verdict).code


@pytest.mark.parametrize("action", Action)
def test_the_provider_does_nothing_else(action: Action) -> None:
    verdict = decide(delivered(), wish(action, PROVIDER), NOW)
    assert Code.FORBIDDEN is refused(verdict).code


def test_a_provider_may_be_called_as_a_party_is() -> None:
    order = delivered()
    namesake = Actor(id=order.buyer_id, role=Role.PROVIDER)
    verdict = decide(order, command(DISPUTED, namesake, NOW, said(DISPUTED)), NOW)
    assert isinstance(verdict, Step)


@pytest.mark.parametrize("act", ProviderAct)
@pytest.mark.parametrize("message", [None, {}, {"chargeback_id": 3}, {"actor": "stripe"}])
def test_a_signal_that_says_nothing_of_use_is_kept_and_breaks_nothing(
    act: ProviderAct, message: Any
) -> None:
    assert isinstance(read(act, message, "request-1", NOW), Unreadable)


@pytest.mark.parametrize("make", OPEN)
def test_it_waits_for_the_provider_since_that_was_said_and_then_as_before_anew(
    make: MakeOrder,
) -> None:
    before = make().model_copy(update={"standing_since": NOW - DAY})
    order = taken(decide(before, told(DISPUTED), NOW + HOUR)).order
    assert (Role.PROVIDER, NOW) == (waits_for(order), since(order))
    after = taken(decide(order, told(WON), LATER)).order
    assert (waits_for(before), LATER) == (waits_for(after), since(after))


def test_a_statement_changes_nothing_of_since_when_it_waits() -> None:
    order = frozen(disputed())
    spoken = decide(order, wish(Action.ADD_STATEMENT, BUYER), LATER)
    assert NOW == since(taken(spoken).order)


def test_operators_read_why_it_stands_still_and_whom_it_waits_for() -> None:
    text = summary(frozen(delivered()))
    assert "the payer's bank asks 20.00 EUR back" in text
    waits = "Waits since 2026-11-23 10:00:00 UTC for the provider to say how the dispute of its"
    assert f"{waits} payment ends." in text


@pytest.mark.parametrize(
    ("make", "told_before"),
    [
        (late, "may cancel alone"),
        (answer_overdue, "may open a dispute"),
        (asked_to_cancel, "may answer until"),
        (lambda: asked_to_cancel(CancellationStatus.REFUSED), "may open a dispute"),
        (lambda: in_progress(offer=offer()), "is open until"),
    ],
    ids=["late", "answer overdue", "a wish to cancel", "a refused wish", "an offer"],
)
def test_operators_read_nothing_that_cannot_happen(make: MakeOrder, told_before: str) -> None:
    assert told_before in summary(make())
    assert told_before not in summary(frozen(make()))


def test_every_open_state_is_tried() -> None:
    assert set(OPEN_STATES) == {make().state for make in OPEN}
    assert timedelta(seconds=1) == SECOND
