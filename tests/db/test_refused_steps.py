"""Refusals: written into the journal and answered, and nothing else changed."""

from uuid import uuid4

import pytest

from domain.actions import BuyExtra
from domain.step import ToRecord
from domain.vocabulary import Action, State
from tests.db.market import EXTRA_PRICE, PRICE, Market, act_of, buyer_of, completion, seller_of
from tests.db.oracles import violations
from tests.db.watch import Watch, told


async def extra_beyond_means(market: Market) -> ToRecord:
    """A buyer whose wallet is one cent short of an extra asks for it."""
    order = await market.order(State.DELIVERED, funds=PRICE + EXTRA_PRICE - 1)
    wish = BuyExtra(extra_id=order.extras[0].id)
    return act_of(order, Action.BUY_EXTRA, buyer_of(order), wish, "extra")


async def test_too_little_in_the_wallet_leaves_the_order_alone(
    market: Market, watch: Watch
) -> None:
    record = await extra_beyond_means(market)
    before = await watch.owner.fetchval("SELECT doc FROM orders")
    recorded = await market.record(record)
    assert (recorded.status, recorded.order.version) == ("recorded", 1)
    assert before == await watch.owner.fetchval("SELECT doc FROM orders")


async def test_too_little_in_the_wallet_moves_nothing(market: Market) -> None:
    order = (await market.record(await extra_beyond_means(market))).order
    held = (await market.held_by(order.buyer_id), await market.in_escrow(order))
    assert held == (EXTRA_PRICE - 1, PRICE)


async def test_too_little_in_the_wallet_is_told(market: Market) -> None:
    outcome = told(await market.record(await extra_beyond_means(market)))
    assert (outcome["accepted"], outcome["code"]) == (False, "insufficient-funds")
    assert outcome["detail"] == "The wallet holds less than the 5.00 EUR this costs."


async def test_too_little_in_the_wallet_stays_in_the_journal(market: Market, watch: Watch) -> None:
    order = (await market.record(await extra_beyond_means(market))).order
    event = await watch.last_event(order)
    assert (event["action"], event["event"], event["accepted"]) == ("buy_extra", None, False)
    assert (event["code"], event["state"], event["version"]) == (
        "insufficient-funds",
        "delivered",
        1,
    )
    assert {1} == {row["seq"] for row in await watch.rows("notices", order)}
    assert await violations(watch.owner) == []


async def test_enough_in_the_wallet_pays_for_an_extra(market: Market) -> None:
    order = await market.order(State.DELIVERED, funds=PRICE + EXTRA_PRICE)
    wish = BuyExtra(extra_id=order.extras[0].id)
    recorded = await market.record(act_of(order, Action.BUY_EXTRA, buyer_of(order), wish))
    assert told(recorded)["accepted"] is True
    held = (await market.held_by(order.buyer_id), await market.in_escrow(order))
    assert held == (0, PRICE + EXTRA_PRICE)


async def test_the_field_that_is_wrong_is_kept_with_the_outcome(
    market: Market, watch: Watch
) -> None:
    order = await market.order(State.DELIVERED)
    unknown = BuyExtra(extra_id=str(uuid4()))
    outcome = told(await market.record(act_of(order, Action.BUY_EXTRA, buyer_of(order), unknown)))
    assert (outcome["code"], outcome["field"]) == ("invalid-request", "extra_id")
    assert outcome == await watch.owner.fetchval("SELECT outcome FROM requests")


async def test_where_no_field_is_wrong_an_outcome_is_as_it_always_was(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    outcome = told(await market.record(act_of(order, Action.ACCEPT, seller_of(order))))
    assert set(outcome) == {"seq", "accepted", "code", "detail"}


@pytest.mark.parametrize("final", [False, True], ids=["open", "final"])
async def test_a_refusal_stays_in_the_journal_and_changes_nothing_else(
    final: bool, market: Market, watch: Watch
) -> None:
    order = await market.order(State.DELIVERED)
    if final:
        order = (await market.record(completion(order))).order
    refusal = act_of(order, Action.ACCEPT, seller_of(order), request_id="in-vain")
    recorded = await market.record(refusal)
    event = await watch.last_event(order)
    assert (recorded.status, recorded.order) == ("recorded", order)
    assert (event["action"], event["accepted"], event["event"]) == ("accept", False, None)
    assert (event["code"], event["state"]) == ("action-not-allowed", order.state)
    assert told(recorded)["detail"] == event["reason"]
    assert await violations(watch.owner) == []
