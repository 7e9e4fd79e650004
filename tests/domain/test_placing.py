"""Placing an order: its price goes into escrow, and what the service says is frozen into it."""

import pytest

from domain.command import Refusal
from domain.placing import Terms, place
from domain.policy import Policy
from domain.step import Step
from domain.vocabulary import Action, Role, State, TimerEffect, Window
from tests.domain.acts import decided, paid, refused, taken
from tests.domain.examples import (
    BUYERS_WALLET,
    DAY,
    ESCROW,
    EXPRESS,
    NOW,
    SELLER,
    SOURCES,
    until,
)

TERMS = Terms(
    service_id="logo",
    seller_id="sam",
    currency="EUR",
    price=2000,
    delivery_time=3 * DAY,
    revision_time=2 * DAY,
    extras=(EXPRESS, SOURCES),
)
POLICY = Policy(acceptance_window=DAY, commission_bps=1234)


def placed(*extra_ids: str, buyer_id: str = "bea") -> Step | Refusal:
    """The order of the service with these extras."""
    return place("o1", buyer_id, TERMS, extra_ids, POLICY, NOW)


def test_it_waits_for_the_seller_to_accept() -> None:
    order = taken(placed()).order
    assert State.PENDING is order.state
    expected = until(NOW + DAY, Role.SELLER, Window.ACCEPTANCE, TimerEffect.CANCEL, NOW + DAY / 2)
    assert expected == order.deadline


def test_it_is_not_due_before_it_is_accepted() -> None:
    assert taken(placed()).order.due_at is None


def test_its_price_goes_from_the_wallet_into_escrow() -> None:
    (posting,) = taken(placed()).postings
    assert {BUYERS_WALLET: -2000, ESCROW: 2000} == paid(posting)


def test_each_line_is_paid_by_a_posting_with_a_key_of_its_own() -> None:
    postings = taken(placed("sources", "express")).postings
    assert {
        "order:o1:hold:logo": {BUYERS_WALLET: -2000, ESCROW: 2000},
        "order:o1:hold:express": {BUYERS_WALLET: -500, ESCROW: 500},
        "order:o1:hold:sources": {BUYERS_WALLET: -1000, ESCROW: 1000},
    } == {posting.key: paid(posting) for posting in postings}


def test_the_extras_bought_with_it_are_lines_and_the_others_are_left() -> None:
    order = taken(placed("sources")).order
    assert ["logo", "sources"] == [line.id for line in order.lines]
    assert ["service", "extra"] == [line.kind for line in order.lines]
    assert (EXPRESS,) == order.extras
    assert 3000 == order.total


def test_accepted_it_is_due_after_the_delivery_times_of_all_its_lines() -> None:
    order = decided(taken(placed("sources", "express")).order, Action.ACCEPT, SELLER)
    assert NOW + 6 * DAY == order.due_at


def test_it_keeps_the_policy_and_the_terms_that_it_was_placed_under() -> None:
    order = taken(placed()).order
    assert POLICY == order.policy
    assert (2 * DAY, "EUR", "logo") == (order.revision_time, order.currency, order.service_id)
    assert ("bea", "sam") == order.parties


@pytest.mark.parametrize("included", [None, 0, 3])
def test_it_keeps_how_many_revisions_the_service_included(included: int | None) -> None:
    terms = TERMS.model_copy(update={"revisions_included": included})
    order = taken(place("o1", "bea", terms, (), POLICY, NOW)).order
    assert (included, 0, included) == (
        order.revisions_included,
        order.revisions_used,
        order.revisions_left,
    )


def test_it_is_the_first_step_and_both_parties_are_told() -> None:
    step = taken(placed())
    assert (1, NOW, NOW) == (step.order.version, step.order.created_at, step.order.updated_at)
    assert "order.placed" == step.event
    assert ["bea", "sam"] == [notice.user_id for notice in step.notices]


def test_nobody_can_buy_their_own_service() -> None:
    refusal = refused(placed(buyer_id="sam"))
    assert ("forbidden", "Nobody can buy their own service.") == (refusal.code, refusal.detail)


@pytest.mark.parametrize("extra_ids", [("gold",), ("express", "gold"), ("logo",)])
def test_an_extra_that_the_service_does_not_have_is_refused(extra_ids: tuple[str, ...]) -> None:
    refusal = refused(placed(*extra_ids))
    assert "invalid-request" == refusal.code
    assert f"extra_ids: the service has no extra {extra_ids[-1]}." == refusal.detail


def test_an_extra_cannot_be_bought_twice() -> None:
    refusal = refused(placed("express", "express"))
    assert "invalid-request" == refusal.code
    assert "extra_ids: each extra can be bought once per order." == refusal.detail
