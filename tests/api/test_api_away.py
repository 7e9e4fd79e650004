"""While no API is there: deadlines pass by themselves, and it tells of them when it is back."""

from uuid import UUID

from db import orders
from db.pool import connection
from tests.api.assertions import instant, journal, wallets
from tests.app_under_test import AppUnderTest, OrderInPlay, eventually, in_time


async def test_an_order_runs_out_while_nobody_can_be_asked(app: AppUnderTest) -> None:
    async def attempt(window: str) -> OrderInPlay:
        async with app.with_settings(acceptance_window=window) as api:
            in_play = await app.place_order(api=api)
        in_play.api = app.api
        assert in_play.order["deadline"]
        return in_play

    in_play = await in_time(attempt)

    async def state() -> str:
        async with connection(app.pool) as acquired:
            row = await orders.get(acquired, UUID(in_play.order["id"]))
        assert row is not None
        return row.order.state

    async with app.api_away():
        await eventually(state, lambda found: found == "cancelled")
    last = (await in_play.api.events(in_play.order, in_play.buyer))[-1]
    assert ("cancelled", (10_000, 0)) == ((await in_play.now())["state"], await wallets(in_play))
    assert ["buyer: place → pending", "deadline: cancel → cancelled"] == [
        line for line in await journal(in_play) if "remind" not in line
    ]
    assert instant(in_play.order["deadline"]["at"]) < instant(last["at"])
