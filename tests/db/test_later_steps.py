"""Offers, wishes to cancel, settlements and statements in the database: money and words, whole."""

from typing import Any
from uuid import UUID

import pytest

from db import audit, orders
from domain.actions import (
    AboutOffer,
    AboutSettlement,
    AddStatement,
    BuyExtra,
    Fields,
    MakeOffer,
    PositiveMoney,
    ProposeSettlement,
    RefuseCancellation,
    RequestCancellation,
    RequestOffer,
)
from domain.order import Actor, Order
from domain.vocabulary import Action, State
from tests.db.crowd import statuses
from tests.db.market import EXTRA_PRICE, PRICE, Market, Owner, act_of, buyer_of, seller_of
from tests.db.oracles import violations
from tests.db.watch import Watch, told


def euros(cents: int) -> PositiveMoney:
    """That many cents."""
    return PositiveMoney(amount=cents, currency="EUR")


async def after(market: Market, order: Order, *deeds: tuple[Action, Actor, Fields, str]) -> Order:
    """The order after these deeds, none of which is refused. Each is named."""
    for action, who, fields, request_id in deeds:
        recorded = await market.record(act_of(order, action, who, fields, request_id))
        assert told(recorded)["accepted"], told(recorded)
        order = recorded.order
    return order


async def with_offer(market: Market, request_id: str = "offer", **how: Any) -> Order:
    """A delivered order with an offer of 5.00 EUR open."""
    order = await market.order(State.DELIVERED, **how)
    made = MakeOffer(title="A letterhead", price=euros(EXTRA_PRICE), delivery_time="P1D")
    return await after(market, order, (Action.MAKE_OFFER, seller_of(order), made, request_id))


async def test_an_accepted_offer_is_paid_into_escrow(market: Market, owner: Owner) -> None:
    order = await with_offer(market, funds=PRICE + EXTRA_PRICE)
    taken = AboutOffer(offer_id="offer")
    order = await after(market, order, (Action.ACCEPT_OFFER, buyer_of(order), taken, "yes"))
    assert (order.state, order.offer) == (State.IN_PROGRESS, None)
    assert await market.in_escrow(order) == PRICE + EXTRA_PRICE
    assert await market.held_by(order.buyer_id) == 0
    assert await violations(owner) == []


async def test_an_offer_that_the_wallet_cannot_pay_stays_open(market: Market, watch: Watch) -> None:
    order = await with_offer(market, funds=PRICE + EXTRA_PRICE - 1)
    taken = AboutOffer(offer_id="offer")
    recorded = await market.record(act_of(order, Action.ACCEPT_OFFER, buyer_of(order), taken))
    assert (told(recorded)["code"], recorded.order) == ("insufficient-funds", order)
    assert await market.in_escrow(order) == PRICE
    assert await violations(watch.owner) == []


async def test_of_two_who_accept_an_offer_at_once_one_pays(market: Market, owner: Owner) -> None:
    order = await with_offer(market, funds=PRICE + 2 * EXTRA_PRICE)
    taken = AboutOffer(offer_id="offer")
    found = await statuses(
        market.record(act_of(order, Action.ACCEPT_OFFER, buyer_of(order), taken)) for _ in range(16)
    )
    assert found == {"recorded": 1, "superseded": 15}
    assert await market.held_by(order.buyer_id) == EXTRA_PRICE
    assert await violations(owner) == []


@pytest.mark.parametrize("refund", [1, 700, PRICE - 1])
async def test_a_settlement_shares_the_money_out_to_the_cent(
    refund: int, market: Market, watch: Watch
) -> None:
    order = await market.order(State.DELIVERED)
    proposed = ProposeSettlement(refund=euros(refund))
    signed = AboutSettlement(settlement_id="proposal")
    order = await after(
        market,
        order,
        (Action.PROPOSE_SETTLEMENT, seller_of(order), proposed, "proposal"),
        (Action.ACCEPT_SETTLEMENT, buyer_of(order), signed, "signature"),
    )
    commission = (PRICE - refund) // 5
    assert order.state == State.SETTLED
    assert await market.held_by(order.buyer_id) == refund
    assert await market.held_by(order.seller_id) == PRICE - refund - commission
    assert await watch.commission() == commission
    assert await watch.escrow(order) == (0, True)
    assert await violations(watch.owner) == []


async def test_a_settlement_and_an_end_at_once_pay_out_once(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    proposed = ProposeSettlement(refund=euros(700))
    order = await after(
        market, order, (Action.PROPOSE_SETTLEMENT, seller_of(order), proposed, "proposal")
    )
    signed = AboutSettlement(settlement_id="proposal")
    ends = [
        act_of(order, Action.ACCEPT_SETTLEMENT, buyer_of(order), signed),
        act_of(order, Action.COMPLETE, buyer_of(order)),
        act_of(order, Action.CANCEL, seller_of(order)),
    ] * 5
    found = await statuses(market.record(end) for end in ends)
    assert found["recorded"] == 1
    assert await violations(owner) == []


async def test_an_order_has_the_words_of_what_is_open_on_it(market: Market) -> None:
    order = await market.order(State.IN_PROGRESS)
    buyer, seller = buyer_of(order), seller_of(order)
    made = MakeOffer(title="A letterhead", price=euros(1), delivery_time="P1D")
    order = await after(
        market,
        order,
        (Action.REQUEST_OFFER, buyer, RequestOffer(description="More."), "asked"),
        (Action.MAKE_OFFER, seller, made, "offer"),
        (Action.REQUEST_CANCELLATION, buyer, RequestCancellation(reason="Too slow."), "wish"),
        (
            Action.PROPOSE_SETTLEMENT,
            buyer,
            ProposeSettlement(refund=euros(9), reason="Half."),
            "half",
        ),
        (
            Action.PROPOSE_SETTLEMENT,
            buyer,
            ProposeSettlement(refund=euros(8), reason="More."),
            "more",
        ),
        (Action.PROPOSE_SETTLEMENT, seller, ProposeSettlement(refund=euros(7)), "less"),
    )
    async with market.pool.acquire() as connection:
        row = await orders.get(connection, UUID(order.id))
    assert row is not None
    assert {"offer", "wish", "more", "less"} == set(row.words.requests)
    assert row.words.said("offer", "title") == "A letterhead"
    assert row.words.said("wish", "reason") == "Too slow."
    assert row.words.said("more", "reason") == "More."
    assert row.words.said("less", "reason") is None


async def test_the_words_of_an_accepted_offer_stay_with_its_line(market: Market) -> None:
    order = await with_offer(market, funds=PRICE + EXTRA_PRICE)
    taken = AboutOffer(offer_id="offer")
    order = await after(market, order, (Action.ACCEPT_OFFER, buyer_of(order), taken, "yes"))
    async with market.pool.acquire() as connection:
        row = await orders.get(connection, UUID(order.id))
    assert row is not None
    assert row.words.said("offer", "title") == "A letterhead"


async def test_the_words_that_opened_a_dispute_stay_with_it(market: Market) -> None:
    order = await market.order(State.IN_PROGRESS)
    buyer, seller = buyer_of(order), seller_of(order)
    refused = RefuseCancellation(reason="Almost done.")
    deeds = [
        (Action.REQUEST_CANCELLATION, buyer, RequestCancellation(reason="Slow."), "wish-1"),
        (Action.REFUSE_CANCELLATION, seller, refused, "no-1"),
        (Action.REQUEST_CANCELLATION, buyer, RequestCancellation(reason="Really."), "wish-2"),
        (Action.REFUSE_CANCELLATION, seller, refused, "no-2"),
        (Action.ADD_STATEMENT, seller, AddStatement(statement="It is blue."), "statement"),
    ]
    order = await after(market, order, *deeds)
    async with market.pool.acquire() as connection:
        row = await orders.get(connection, UUID(order.id))
    assert row is not None
    assert (order.state, order.dispute and order.dispute.request_id) == (State.DISPUTED, "wish-2")
    assert row.words.said("wish-2", "reason") == "Really."


# --- offers go by the id of the request that made them, which can be any text --------------------

TEXTS = {
    "words": "a b",
    "colon": "a:b",
    "percent": "100 %",
    "slashes": "a/b?c#d",
    "accent": "é",
    "made": "~signal-1",
    "long": "x" * 100,
    "long accents": "é" * 100,
    "long percents": "%" * 100,
    "long smileys": "\U0001f600" * 100,
}
ANY_TEXT = pytest.mark.parametrize("request_id", TEXTS.values(), ids=TEXTS)


async def taken_if_made(market: Market, request_id: str) -> Order:
    """An order whose buyer takes an offer of this id, or that refused it when it was made."""
    order = await market.order(State.DELIVERED, funds=PRICE + EXTRA_PRICE)
    made = MakeOffer(title="A letterhead", price=euros(EXTRA_PRICE), delivery_time="P1D")
    recorded = await market.record(
        act_of(order, Action.MAKE_OFFER, seller_of(order), made, request_id)
    )
    if not told(recorded)["accepted"]:
        assert told(recorded)["code"] == "invalid-request"
        return recorded.order
    deed = (Action.ACCEPT_OFFER, buyer_of(order), AboutOffer(offer_id=request_id), "yes")
    return await after(market, recorded.order, deed)


@ANY_TEXT
async def test_an_offer_of_any_id_is_paid_for_or_refused_as_it_is_made(
    request_id: str, market: Market, owner: Owner
) -> None:
    """The proof of the books takes it, too."""
    order = await taken_if_made(market, request_id)
    assert await market.in_escrow(order) == order.total
    assert (await violations(owner), await audit.findings(owner)) == ([], [])


@pytest.mark.parametrize("price", [EXTRA_PRICE, EXTRA_PRICE + 1], ids=["same", "another"])
@pytest.mark.parametrize("of", ["extra", "service"])
async def test_an_offer_that_goes_by_the_id_of_another_line_is_paid_for(
    of: str, price: int, market: Market, owner: Owner
) -> None:
    """Whatever it is called, or it is refused."""
    order = await market.order(State.DELIVERED, funds=10_000, price=EXTRA_PRICE)
    extra_id = order.extras[0].id
    buyer, seller = buyer_of(order), seller_of(order)
    bought = (Action.BUY_EXTRA, buyer, BuyExtra(extra_id=extra_id), "extra")
    order = await after(market, order, bought)
    borrowed = extra_id if of == "extra" else order.service_id
    made = MakeOffer(title="A letterhead", price=euros(price), delivery_time="P1D")
    recorded = await market.record(act_of(order, Action.MAKE_OFFER, seller, made, borrowed))
    taken = AboutOffer(offer_id=borrowed)
    await market.record(act_of(recorded.order, Action.ACCEPT_OFFER, buyer, taken))
    assert await violations(owner) == []
