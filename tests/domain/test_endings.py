"""The money of every ending, to the cent: the escrow is emptied, once."""

from datetime import timedelta

import pytest

from domain.actions import Fields
from domain.ledger import Account, Posting
from domain.order import Actor, Line, Order
from domain.policy import Policy
from domain.rules import decide
from domain.vocabulary import Action, LineKind, State
from tests.domain.acts import (
    PAY_SELLER,
    REFUND,
    decided,
    euros,
    paid,
    silent,
    split,
    taken,
    why_not,
    wish,
)
from tests.domain.examples import (
    BUYER,
    BUYERS_WALLET,
    COMMISSION,
    ESCROW,
    MEDIATOR,
    NOW,
    OPERATOR,
    SECOND,
    SELLER,
    SELLERS_WALLET,
    SERVICE,
    MakeOrder,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_refused,
    revision_requested,
)

EXTRA_LINE = Line(id="express", kind=LineKind.EXTRA, price=499, delivery_time=timedelta(days=1))
LINES = (SERVICE, EXTRA_LINE)
"""24.99 EUR: 20 % of it are 4.998 EUR, of which the seller keeps the fraction."""


def last_posting(order: Order, action: Action, actor: Actor, fields: Fields) -> Posting:
    """The one posting of an action that ends the order."""
    (posting,) = taken(decide(order, wish(action, actor, fields), NOW)).postings
    return posting


def sums(posting: Posting) -> tuple[int, int, int, int]:
    """What leaves the escrow, and goes to buyer, seller and platform."""
    gains = paid(posting)
    accounts: tuple[Account, ...] = (ESCROW, BUYERS_WALLET, SELLERS_WALLET, COMMISSION)
    assert set(gains) <= set(accounts)
    escrow, buyer, seller, platform = (gains.get(account, 0) for account in accounts)
    return -escrow, buyer, seller, platform


@pytest.mark.parametrize("order", [delivered, revision_requested, answer_overdue, revision_refused])
def test_completed_pays_the_seller_less_the_commission(order: MakeOrder) -> None:
    posting = last_posting(order(lines=LINES), Action.COMPLETE, BUYER, Fields())
    assert (2499, 0, 2000, 499) == sums(posting)
    assert "release" == posting.kind


@pytest.mark.parametrize(
    ("order", "actor"),
    [
        (pending, SELLER),
        (in_progress, SELLER),
        (delivered, SELLER),
        (revision_requested, SELLER),
        (revision_refused, SELLER),
        (pending, BUYER),
        (late, BUYER),
        (delivered, OPERATOR),
        (disputed, OPERATOR),
    ],
)
def test_cancelled_gives_all_back_to_the_buyer_extras_included(
    order: MakeOrder, actor: Actor
) -> None:
    posting = last_posting(order(lines=LINES), Action.CANCEL, actor, Fields())
    assert (2499, 2499, 0, 0) == sums(posting)
    assert "refund" == posting.kind


@pytest.mark.parametrize(
    ("ruling", "expected", "kind"),
    [
        (REFUND, (2499, 2499, 0, 0), "refund"),
        (PAY_SELLER, (2499, 0, 2000, 499), "release"),
        (split(1), (2499, 1, 1999, 499), "split"),
        (split(500), (2499, 500, 1600, 399), "split"),
        (split(2495), (2499, 2495, 4, 0), "split"),
        (split(2498), (2499, 2498, 1, 0), "split"),
    ],
)
def test_a_ruling_shares_the_money(
    ruling: Fields, expected: tuple[int, int, int, int], kind: str
) -> None:
    posting = last_posting(disputed(lines=LINES), Action.RESOLVE, MEDIATOR, ruling)
    assert expected == sums(posting)
    assert kind == posting.kind


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (pending(lines=LINES), (2499, 2499, 0, 0)),
        (delivered(lines=LINES), (2499, 0, 2000, 499)),
        (revision_refused(lines=LINES), (2499, 0, 2000, 499)),
    ],
)
def test_silence_moves_the_same_money(order: Order, expected: tuple[int, int, int, int]) -> None:
    (posting,) = silent(order, NOW).postings
    assert expected == sums(posting)


@pytest.mark.parametrize(
    ("bps", "expected"),
    [(0, (1, 0, 1, 0)), (2000, (1, 0, 1, 0)), (9999, (1, 0, 1, 0)), (10_000, (1, 0, 0, 1))],
)
def test_of_one_cent_the_platform_takes_nothing_or_all(
    bps: int, expected: tuple[int, int, int, int]
) -> None:
    one_cent = (SERVICE.model_copy(update={"price": 1}),)
    order = delivered(lines=one_cent, policy=Policy(commission_bps=bps))
    assert expected == sums(last_posting(order, Action.COMPLETE, BUYER, Fields()))


@pytest.mark.parametrize(
    ("bps", "expected"), [(0, (2000, 500, 1500, 0)), (10_000, (2000, 500, 0, 1500))]
)
def test_the_commission_is_on_the_seller_s_share_alone(
    bps: int, expected: tuple[int, int, int, int]
) -> None:
    order = disputed(policy=Policy(commission_bps=bps))
    assert expected == sums(last_posting(order, Action.RESOLVE, MEDIATOR, split(500)))


def test_nothing_is_posted_to_somebody_who_gets_nothing() -> None:
    posting = last_posting(delivered(), Action.CANCEL, SELLER, Fields())
    assert {ESCROW: -2000, BUYERS_WALLET: 2000} == paid(posting)


@pytest.mark.parametrize(
    "posting",
    [
        last_posting(delivered(), Action.COMPLETE, BUYER, Fields()),
        last_posting(pending(), Action.CANCEL, SELLER, Fields()),
        last_posting(disputed(), Action.CANCEL, OPERATOR, Fields()),
        last_posting(disputed(), Action.RESOLVE, MEDIATOR, REFUND),
        last_posting(disputed(), Action.RESOLVE, MEDIATOR, PAY_SELLER),
        last_posting(disputed(), Action.RESOLVE, MEDIATOR, split(500)),
        silent(pending(), NOW + SECOND).postings[0],
        silent(delivered(), NOW + SECOND).postings[0],
        silent(revision_refused(), NOW + SECOND).postings[0],
    ],
)
def test_every_ending_has_the_same_key_so_that_there_is_one(posting: Posting) -> None:
    assert "order:o1:end" == posting.key


@pytest.mark.parametrize("cents", [2000, 2001])
def test_a_split_must_leave_something_to_the_seller(cents: int) -> None:
    refusal = why_not(disputed(), Action.RESOLVE, MEDIATOR, split(cents))
    assert "invalid-request" == refusal.code
    assert "refund: must be less than the order's total of 20.00 EUR." == refusal.detail


def test_a_split_is_in_the_order_s_currency() -> None:
    dollars = euros(500).model_copy(update={"currency": "USD"})
    ruling = split(500).model_copy(update={"refund": dollars})
    refusal = why_not(disputed(), Action.RESOLVE, MEDIATOR, ruling)
    assert "invalid-request" == refusal.code
    assert "refund: must be in the order's currency, EUR." == refusal.detail


def test_an_order_of_one_cent_cannot_be_split() -> None:
    one_cent = (SERVICE.model_copy(update={"price": 1}),)
    refusal = why_not(disputed(lines=one_cent), Action.RESOLVE, MEDIATOR, split(1))
    assert "invalid-request" == refusal.code


def test_the_outcome_tells_who_ended_the_order_by_what_and_where_the_money_went() -> None:
    outcome = decided(disputed(), Action.RESOLVE, MEDIATOR, split(500)).outcome
    assert outcome is not None
    assert {
        "kind": "settled",
        "by": "mediator",
        "cause": "resolve",
        "counts_as": "completed",
        "refunded": 500,
        "paid_to_seller": 1200,
        "commission": 300,
    } == outcome.model_dump(mode="json")


def test_the_outcome_of_silence_names_the_window() -> None:
    outcome = silent(revision_refused(), NOW + SECOND).order.outcome
    assert outcome is not None
    assert ("completed", "deadline", "decision") == (outcome.kind, outcome.by, outcome.cause)


@pytest.mark.parametrize(
    ("order", "actor"), [(pending(), SELLER), (late(), BUYER), (disputed(), OPERATOR)]
)
def test_the_outcome_names_in_what_role_somebody_cancelled(order: Order, actor: Actor) -> None:
    outcome = decided(order, Action.CANCEL, actor).outcome
    assert outcome is not None
    assert (State.CANCELLED, actor.role, "cancel") == (outcome.kind, outcome.by, outcome.cause)


def test_an_ended_order_has_nothing_left_to_buy_and_no_deadline() -> None:
    order = decided(delivered(), Action.COMPLETE, BUYER)
    assert () == order.extras
    assert order.deadline is None


@pytest.mark.parametrize(
    "case",
    [
        decided(disputed(), Action.CANCEL, OPERATOR),
        decided(disputed(), Action.RESOLVE, MEDIATOR, REFUND),
        decided(disputed("mona"), Action.RESOLVE, MEDIATOR, PAY_SELLER),
        decided(disputed("mona"), Action.RESOLVE, MEDIATOR, split(500)),
    ],
)
def test_ending_an_order_closes_its_dispute(case: Order) -> None:
    assert case.dispute is not None
    assert NOW == case.dispute.closed_at
