"""Orders that decide nothing: what is asked of them is bounded, and no other order waits."""

from typing import Any
from uuid import UUID, uuid4

from db.pool import connection
from tests.api.assertions import code
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import AppUnderTest, OrderInPlay, eventually

MOST = 50
TOO_LARGE = "x" * 2_500_000
"""Temporal takes 2 MB in a signal."""


async def ask(app: AppUnderTest, in_play: OrderInPlay, request_id: str, **signal: Any) -> None:
    """Writes a request of the seller's down, as the API does, and tells nobody."""
    actor = {"id": in_play.seller.id, "role": "seller"}
    asked: tuple[Any, ...] = (
        UUID(in_play.order["id"]),
        request_id,
        "accept",
        actor,
        {},
        {"actor": actor, **signal},
    )
    async with connection(app.pool) as acquired:
        await acquired.execute("SELECT write_request($1, $2, $3, $4, $5, $6)", *asked)
        await acquired.execute(
            "UPDATE requests SET next_signal = now() - interval '1 hour' WHERE request_id = $1",
            request_id,
        )


async def undecided(app: AppUnderTest, in_play: OrderInPlay) -> int:
    """How many requests wait at the order."""
    async with connection(app.pool) as acquired:
        found: int = await acquired.fetchval(
            "SELECT count(*) FROM requests WHERE order_id = $1::text::uuid AND outcome IS NULL",
            in_play.order["id"],
        )
    return found


async def test_a_caller_with_too_much_waiting_at_an_order_is_told_to_come_back(
    app: AppUnderTest, order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play, key = await order_in("pending"), str(uuid4())
    async with app.worker_away():
        for _ in range(MOST):
            await ask(app, in_play, str(uuid4()))
        refused = await app.api.act(in_play.order, "accept", in_play.seller, key=key)
    assert (429, "rate-limited") == code(refused)
    assert "5" == refused.headers["Retry-After"]
    assert "wait for this order to decide them" in refused.json()["detail"]
    await another_api(relay_pause=0.05)

    async def left() -> int:
        return await undecided(app, in_play)

    await eventually(left, lambda count: count == 0)
    again = await app.api.act(in_play.order, "accept", in_play.seller, key=key)
    assert (409, "action-not-allowed") == code(again)


async def test_what_temporal_does_not_take_for_one_order_keeps_no_other_waiting(
    app: AppUnderTest, order_in: OrderIn, another_api: AnotherApi
) -> None:
    stuck, other = await order_in("pending"), await order_in("pending")
    await ask(app, stuck, str(uuid4()), note=TOO_LARGE)
    await ask(app, other, str(uuid4()))
    await another_api(relay_pause=0.05)
    await eventually(other.now, lambda order: order["state"] == "in_progress")

    async def pauses() -> int:
        async with connection(app.pool) as acquired:
            signals: int = await acquired.fetchval(
                "SELECT signals FROM requests WHERE order_id = $1::text::uuid", stuck.order["id"]
            )
        return signals

    await eventually(pauses, lambda signals: signals >= 1)
    assert 1 == await undecided(app, stuck)
    answer = await app.api.act(stuck.order, "accept", stuck.seller)
    assert 200 == answer.status_code
