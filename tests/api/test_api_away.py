"""While no API is there: deadlines pass by themselves, and it tells of them when it is back."""

from uuid import UUID

from db import orders
from db.pool import connection
from tests.api.readings import instant, journal, purses
from tests.house import House, eventually


async def test_an_order_runs_out_while_nobody_can_be_asked(house: House) -> None:
    async with house.with_settings(acceptance_window="PT1S") as door:
        deal = await house.deal(door=door)
    deal.door = house.door

    async def state() -> str:
        async with connection(house.pool) as acquired:
            row = await orders.get(acquired, UUID(deal.order["id"]))
        assert row is not None
        return row.order.state

    async with house.api_away():
        await eventually(state, lambda found: found == "cancelled")
    last = (await deal.door.events(deal.order, deal.buyer))[-1]
    assert ("cancelled", (10_000, 0)) == ((await deal.now())["state"], await purses(deal))
    assert ["buyer: place → pending", "deadline: cancel → cancelled"] == [
        line for line in await journal(deal) if "remind" not in line
    ]
    assert instant(deal.order["deadline"]["at"]) < instant(last["at"])
