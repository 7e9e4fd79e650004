"""An order is read with the words that it shows, and with no others."""

from datetime import timedelta
from uuid import UUID

from db import orders
from domain.actions import AcceptOffer, MakeOffer, NewPrice
from domain.order import Order
from domain.vocabulary import Action, State
from tests.db.market import PRICE, Market, act_of, buyer_of, seller_of

OFFER = MakeOffer(
    title="A letterhead",
    description="In the same blue. " * 500,
    price=NewPrice(amount=100, currency="EUR"),
    delivery_time=timedelta(days=1),
)


async def words(market: Market, order: Order) -> dict[str, dict[str, object]]:
    """What the order's requests said, as far as it is read with it."""
    async with market.pool.acquire() as connection:
        row = await orders.get(connection, UUID(order.id))
    assert row is not None
    return row.words.requests


async def test_an_open_offer_is_read_whole_and_one_that_was_bought_by_its_title(
    market: Market,
) -> None:
    order = await market.order(State.IN_PROGRESS, funds=PRICE + 100)
    offered = act_of(order, Action.MAKE_OFFER, seller_of(order), OFFER, "the-offer")
    order = (await market.record(offered)).order
    whole = OFFER.model_dump(mode="json", exclude_none=True)
    assert await words(market, order) == {"the-offer": whole}
    wish = AcceptOffer(offer_id="the-offer")
    order = (await market.record(act_of(order, Action.ACCEPT_OFFER, buyer_of(order), wish))).order
    assert await words(market, order) == {"the-offer": {"title": "A letterhead"}}
