"""What became of each message: begun, tried, delivered for good, switched off, given up."""

from uuid import UUID

import pytest

from db import deliveries
from db.deliveries import Delivery, Status
from domain.order import Order
from tests.db.audience import Audience
from tests.db.market import Market, Owner


@pytest.fixture
def audience(market: Market) -> Audience:
    """The people around the market."""
    return Audience(market.pool)


async def sent(market: Market, audience: Audience) -> Order:
    """An order of which the placing is to be told by two e-mails and to an endpoint."""
    for user_id in ("bea", "sam"):
        await audience.person(user_id)
    await audience.endpoint()
    return await market.order(buyer_id="bea", seller_id="sam")


async def begun(market: Market, order: Order, *channels: str) -> list[Delivery]:
    """What an attempt over these channels takes up."""
    async with market.pool.acquire() as connection:
        return await deliveries.begin(connection, UUID(order.id), 1, channels)


async def statuses(audience: Audience, order: Order) -> list[tuple[str, str, str | None]]:
    """How each message of the placing stands."""
    found = await audience.deliveries(order, 1)
    return sorted((one.channel, one.status, one.last_error) for one in found)


async def tried(market: Market, delivery: Delivery, status: Status, error: str | None) -> None:
    """An attempt has ended."""
    async with market.pool.acquire() as connection:
        await deliveries.tried(connection, [delivery.id], status, error)


async def test_an_attempt_takes_up_what_is_pending_over_its_channels(
    market: Market, audience: Audience
) -> None:
    order = await sent(market, audience)
    assert [one.channel for one in await begun(market, order, "email")] == ["email", "email"]
    assert len(await begun(market, order, "webhook", "email")) == 3
    attempts = await market.pool.fetch("SELECT channel, attempts FROM deliveries ORDER BY channel")
    assert [tuple(row) for row in attempts] == [("email", 2), ("email", 2), ("webhook", 1)]


async def test_what_has_ended_is_not_taken_up_again(market: Market, audience: Audience) -> None:
    order = await sent(market, audience)
    first, second, hook = sorted(
        await begun(market, order, "email", "webhook"), key=lambda one: one.channel
    )
    await tried(market, first, "delivered", None)
    await tried(market, second, "failed", "refused")
    await tried(market, hook, "pending", "no answer")
    assert [hook.id] == [one.id for one in await begun(market, order, "email", "webhook")]


@pytest.mark.parametrize("later", ["pending", "failed"])
async def test_what_was_delivered_stays_so(
    later: Status, market: Market, audience: Audience
) -> None:
    order = await sent(market, audience)
    (hook,) = await begun(market, order, "webhook")
    await tried(market, hook, "delivered", None)
    await tried(market, hook, later, "an attempt that was slower")
    assert ("webhook", "delivered", None) in await statuses(audience, order)


async def test_what_failed_may_turn_out_to_be_delivered(market: Market, audience: Audience) -> None:
    order = await sent(market, audience)
    (hook,) = await begun(market, order, "webhook")
    await tried(market, hook, "failed", "no answer")
    await tried(market, hook, "delivered", None)
    assert ("webhook", "delivered", None) in await statuses(audience, order)
    at = await market.pool.fetchval("SELECT delivered_at FROM deliveries WHERE id = $1", hook.id)
    assert at is not None


async def test_a_channel_that_is_switched_off_fails_its_messages_untried(
    market: Market, audience: Audience
) -> None:
    order = await sent(market, audience)
    async with market.pool.acquire() as connection:
        await deliveries.switch_off(connection, UUID(order.id), 1, "email", "no mail server")
    assert await statuses(audience, order) == [
        ("email", "failed", "no mail server"),
        ("email", "failed", "no mail server"),
        ("webhook", "pending", None),
    ]
    assert await market.pool.fetchval("SELECT sum(attempts) FROM deliveries") == 0


async def test_what_is_given_up_says_why(market: Market, audience: Audience) -> None:
    order = await sent(market, audience)
    first, second = await begun(market, order, "email")
    await tried(market, first, "delivered", None)
    await tried(market, second, "pending", "no answer")
    async with market.pool.acquire() as connection:
        await deliveries.give_up(connection, UUID(order.id), 1)
    assert await statuses(audience, order) == [
        ("email", "delivered", None),
        ("email", "failed", "given up: no answer"),
        ("webhook", "failed", "given up: never tried"),
    ]


async def test_another_step_is_left_alone(market: Market, audience: Audience) -> None:
    one, other = await sent(market, audience), await sent(market, audience)
    async with market.pool.acquire() as connection:
        await deliveries.give_up(connection, UUID(one.id), 1)
        await deliveries.switch_off(connection, UUID(one.id), 1, "email", "off")
        await deliveries.begin(connection, UUID(one.id), 1, ["email", "webhook"])
    assert {"pending"} == {status for _, status, _ in await statuses(audience, other)}


async def test_a_step_is_to_be_begun_until_somebody_has(market: Market, audience: Audience) -> None:
    order = await sent(market, audience)
    async with market.pool.acquire() as connection:
        (untold,) = await deliveries.not_started(connection, 10)
        assert (UUID(order.id), 1, 3) == (untold.order_id, untold.seq, len(untold.ids))
        await deliveries.mark_started(connection, [untold])
        assert await deliveries.not_started(connection, 10) == []


async def test_the_oldest_steps_are_begun_first(
    market: Market, audience: Audience, owner: Owner
) -> None:
    first, second = await sent(market, audience), await sent(market, audience)
    await owner.execute(
        "UPDATE deliveries SET created_at = now() - interval '1 hour' WHERE order_id = $1",
        UUID(second.id),
    )
    async with market.pool.acquire() as connection:
        found = await deliveries.not_started(connection, 100)
    expected = [UUID(second.id), UUID(first.id)]
    assert expected == [one.order_id for one in found if one.order_id in expected]
