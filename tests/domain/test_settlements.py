"""Settlements: proposed by one side, signed by the other, to the cent and at once."""

import pytest

from domain.actions import PositiveMoney, ProposeSettlement
from domain.order import Actor, Agreement, Order, Settlement
from domain.policy import Policy
from domain.rules import decide
from domain.vocabulary import Action, Role, State
from tests.domain.acts import about, decided, paid, refund, taken, why_not, wish
from tests.domain.examples import (
    BUYER,
    BUYERS_PROPOSAL,
    BUYERS_WALLET,
    COMMISSION,
    DAY,
    ESCROW,
    HOUR,
    NOW,
    SELLER,
    SELLERS_PROPOSAL,
    SELLERS_WALLET,
    SERVICE,
    MakeOrder,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    proposal,
    revision_refused,
    revision_requested,
)

BOTH = (BUYERS_PROPOSAL, SELLERS_PROPOSAL)
STATES = (
    in_progress,
    late,
    delivered,
    revision_requested,
    answer_overdue,
    revision_refused,
    disputed,
)
IN_EACH_STATE = pytest.mark.parametrize("state", STATES)
BY_EITHER_SIDE = pytest.mark.parametrize("actor", [BUYER, SELLER])
PROPOSE, WITHDRAW = Action.PROPOSE_SETTLEMENT, Action.WITHDRAW_SETTLEMENT
ACCEPT = Action.ACCEPT_SETTLEMENT


def costing(cents: int) -> Order:
    """A delivered order of that many cents."""
    return delivered(lines=(SERVICE.model_copy(update={"price": cents}),))


def other(actor: Actor) -> Actor:
    """The other side."""
    return SELLER if actor == BUYER else BUYER


@IN_EACH_STATE
@BY_EITHER_SIDE
def test_a_proposal_names_who_made_it_and_what_goes_back(state: MakeOrder, actor: Actor) -> None:
    before = state()
    step = taken(decide(before, wish(PROPOSE, actor, refund(1234)), NOW))
    expected = Settlement(id="request-1", proposed_by=actor, proposed_at=NOW, refund=1234)
    assert (expected,) == step.order.settlements
    assert ((), before.deadline) == (step.postings, step.order.deadline)
    assert (before.state, before.overdue) == (step.order.state, step.order.overdue)


@BY_EITHER_SIDE
def test_a_new_one_replaces_one_s_own_and_leaves_the_other_s(actor: Actor) -> None:
    after = decided(delivered(settlements=BOTH), PROPOSE, actor, refund(700))
    theirs = f"by-{other(actor).role}"
    assert {theirs, "request-1"} == {one.id for one in after.settlements}
    assert 2 == len(after.settlements)


@pytest.mark.parametrize(("total", "cents"), [(2000, 1), (2000, 1999), (2, 1)])
def test_from_one_cent_to_all_but_one_can_go_back(total: int, cents: int) -> None:
    assert cents == decided(costing(total), PROPOSE, BUYER, refund(cents)).settlements[0].refund


@pytest.mark.parametrize(
    ("total", "cents"), [(2000, 2000), (2000, 2001), (2000, 10_000_000_000), (1, 1)]
)
@BY_EITHER_SIDE
def test_all_or_more_is_no_split(total: int, cents: int, actor: Actor) -> None:
    refusal = why_not(costing(total), PROPOSE, actor, refund(cents))
    assert "invalid-request" == refusal.code
    assert refusal.detail.startswith("refund: must be less than the order's total of")


def test_what_was_added_to_the_order_can_be_shared_too() -> None:
    bought = decided(in_progress(), Action.BUY_EXTRA, BUYER)
    assert 2499 == decided(bought, PROPOSE, SELLER, refund(2499)).settlements[0].refund


@pytest.mark.parametrize(("of_order", "of_refund"), [("EUR", "JPY"), ("JPY", "EUR")])
def test_it_is_in_the_order_s_currency(of_order: str, of_refund: str) -> None:
    fields = ProposeSettlement(refund=PositiveMoney(amount=5, currency=of_refund))
    refusal = why_not(delivered(currency=of_order), PROPOSE, BUYER, fields)
    assert "invalid-request" == refusal.code
    assert f"refund: must be in the order's currency, {of_order}." == refusal.detail


def test_in_a_currency_without_cents_the_smallest_unit_is_shared() -> None:
    yen = ProposeSettlement(refund=PositiveMoney(amount=1, currency="JPY"))
    proposed = decided(delivered(currency="JPY"), PROPOSE, SELLER, yen)
    step = taken(decide(proposed, wish(ACCEPT, BUYER, about("request-1")), NOW))
    (posting,) = step.postings
    assert {ESCROW: -2000, BUYERS_WALLET: 1, SELLERS_WALLET: 1600, COMMISSION: 399} == paid(posting)


@IN_EACH_STATE
@BY_EITHER_SIDE
def test_accepted_by_the_other_side_it_ends_the_order_in_one_step(
    state: MakeOrder, actor: Actor
) -> None:
    order = state(settlements=(proposal(other(actor), 501),))
    step = taken(decide(order, wish(ACCEPT, actor, about(f"by-{other(actor).role}")), NOW))
    (posting,) = step.postings
    assert {ESCROW: -2000, BUYERS_WALLET: 501, SELLERS_WALLET: 1200, COMMISSION: 299} == paid(
        posting
    )
    assert ("order:o1:end", "split") == (posting.key, posting.kind)
    assert (State.SETTLED, 8) == (step.order.state, step.order.version)


@pytest.mark.parametrize(
    ("total", "cents", "bps", "seller", "platform"),
    [
        (2000, 500, 2000, 1200, 300),
        (2499, 1, 2000, 1999, 499),
        (2000, 1999, 2000, 1, 0),
        (2000, 1996, 2000, 4, 0),
        (2000, 1995, 2000, 4, 1),
        (2, 1, 9999, 1, 0),
        (2, 1, 10_000, 0, 1),
        (1000, 333, 1, 667, 0),
    ],
)
def test_the_commission_is_on_the_seller_s_share_and_rounded_down_to_the_cent(
    total: int, cents: int, bps: int, seller: int, platform: int
) -> None:
    order = costing(total).model_copy(
        update={"policy": Policy(commission_bps=bps), "settlements": (proposal(SELLER, cents),)}
    )
    outcome = decided(order, ACCEPT, BUYER, about("by-seller")).outcome
    assert outcome is not None
    assert (cents, seller, platform) == (
        outcome.refunded,
        outcome.paid_to_seller,
        outcome.commission,
    )


def test_the_outcome_names_who_signed_last_and_by_what() -> None:
    outcome = decided(delivered(settlements=BOTH), ACCEPT, SELLER).outcome
    assert outcome is not None
    assert (State.SETTLED, Role.SELLER, "accept_settlement") == (
        outcome.kind,
        outcome.by,
        outcome.cause,
    )


def test_both_signatures_are_kept() -> None:
    step = taken(decide(delivered(settlements=BOTH), wish(ACCEPT, SELLER), NOW + HOUR))
    expected = Agreement(
        settlement_id="by-buyer",
        proposed_by=BUYER,
        proposed_at=NOW - DAY,
        accepted_by=SELLER,
        accepted_at=NOW + HOUR,
    )
    assert expected == step.order.agreement


def test_an_order_that_ended_otherwise_was_signed_by_nobody() -> None:
    order = delivered(settlements=BOTH)
    assert decided(order, Action.COMPLETE, BUYER).agreement is None


@BY_EITHER_SIDE
def test_nobody_accepts_their_own(actor: Actor) -> None:
    refusal = why_not(delivered(settlements=BOTH), ACCEPT, actor, about(f"by-{actor.role}"))
    told = (refusal.code, refusal.detail)
    assert ("action-not-allowed", "This is not an open proposal of the other side.") == told
    assert "not an open proposal of the other side" in refusal.detail


@BY_EITHER_SIDE
def test_nobody_withdraws_the_other_s(actor: Actor) -> None:
    fields = about(f"by-{other(actor).role}")
    refusal = why_not(delivered(settlements=BOTH), WITHDRAW, actor, fields)
    told = (refusal.code, refusal.detail)
    assert ("action-not-allowed", "This is not an open proposal of yours.") == told


@IN_EACH_STATE
@BY_EITHER_SIDE
def test_one_s_own_can_be_withdrawn_and_the_other_s_stays(state: MakeOrder, actor: Actor) -> None:
    after = decided(state(settlements=BOTH), WITHDRAW, actor, about(f"by-{actor.role}"))
    assert (f"by-{other(actor).role}",) == tuple(one.id for one in after.settlements)


@pytest.mark.parametrize("named", ["by-nobody", "BY-SELLER", "o1"])
@pytest.mark.parametrize("action", [WITHDRAW, ACCEPT])
def test_one_that_is_not_open_is_refused(action: Action, named: str) -> None:
    refusal = why_not(delivered(settlements=BOTH), action, BUYER, about(named))
    assert "action-not-allowed" == refusal.code


def test_one_that_was_replaced_or_withdrawn_cannot_be_accepted() -> None:
    replaced = decided(delivered(settlements=(SELLERS_PROPOSAL,)), PROPOSE, SELLER, refund(1))
    assert "action-not-allowed" == why_not(replaced, ACCEPT, BUYER, about("by-seller")).code
    withdrawn = decided(delivered(settlements=BOTH), WITHDRAW, SELLER, about("by-seller"))
    assert "action-not-allowed" == why_not(withdrawn, ACCEPT, BUYER, about("by-seller")).code


def test_where_both_accept_the_other_s_the_first_counts_and_the_second_is_refused() -> None:
    settled = decided(delivered(settlements=BOTH), ACCEPT, BUYER, about("by-seller"))
    assert settled.outcome is not None
    assert 500 == settled.outcome.refunded
    assert "action-not-allowed" == why_not(settled, ACCEPT, SELLER, about("by-buyer")).code


def test_one_made_before_the_dispute_can_be_accepted_inside_it_and_closes_it() -> None:
    opened = decided(revision_refused(settlements=BOTH), Action.OPEN_DISPUTE, BUYER)
    assert BOTH == opened.settlements
    settled = decided(opened, ACCEPT, SELLER)
    assert settled.dispute is not None
    assert (NOW, None) == (settled.dispute.closed_at, settled.dispute.ruling)
    assert (State.SETTLED, None) == (settled.state, settled.deadline)


@pytest.mark.parametrize(
    ("order", "action"),
    [
        (in_progress, Action.BUY_EXTRA),
        (delivered, Action.BUY_EXTRA),
        (revision_refused, Action.BUY_EXTRA),
        (in_progress, Action.ACCEPT_OFFER),
        (late, Action.ACCEPT_OFFER),
        (delivered, Action.ACCEPT_OFFER),
        (revision_refused, Action.ACCEPT_OFFER),
    ],
)
def test_whatever_changes_the_total_closes_both(order: MakeOrder, action: Action) -> None:
    after = decided(order(settlements=BOTH, offer=offer()), action, BUYER)
    assert () == after.settlements
    assert "action-not-allowed" == why_not(after, ACCEPT, BUYER, about("by-seller")).code


@pytest.mark.parametrize(
    ("order", "action", "actor"),
    [
        (in_progress, Action.DELIVER, SELLER),
        (delivered, Action.REQUEST_REVISION, BUYER),
        (revision_requested, Action.ACCEPT_REVISION, SELLER),
        (revision_requested, Action.REFUSE_REVISION, SELLER),
        (revision_refused, Action.OPEN_DISPUTE, BUYER),
        (delivered, Action.MAKE_OFFER, SELLER),
        (in_progress, Action.REQUEST_CANCELLATION, BUYER),
    ],
)
def test_what_leaves_the_total_alone_leaves_them_open(
    order: MakeOrder, action: Action, actor: Actor
) -> None:
    assert BOTH == decided(order(settlements=BOTH), action, actor).settlements
