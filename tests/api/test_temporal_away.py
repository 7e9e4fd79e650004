"""While Temporal is away: the API reads, places and records; all is carried out afterwards."""

import socket
from datetime import timedelta
from uuid import uuid4

import pytest

from db.pool import connection
from tests.api.conftest import DealIn, OpenDoor
from tests.api.readings import code, instant, journal, purses
from tests.house import DELIVER, Deal, Door, House, Json, eventually, somebody


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is where the next API looks for Temporal; the house's own has found it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{port}")


@pytest.fixture
async def cut_off(open_door: OpenDoor, nowhere: None) -> Door:
    """An API that is cut off from Temporal, and does not look for it again while a test lasts."""
    return await open_door(relay_pause=60)


async def test_everything_is_read(deal_in: DealIn, cut_off: Door) -> None:
    deal = await deal_in("completed")
    order = f"/v1/orders/{deal.order['id']}"
    paths = [
        order,
        f"{order}/events",
        f"{order}/ledger",
        "/v1/orders",
        "/v1/services",
        "/v1/wallet",
    ]
    answers = [await cut_off.get(path, deal.buyer) for path in paths]
    assert [200] * len(paths) == [answer.status_code for answer in answers]


async def test_health_says_what_is_missing(cut_off: Door) -> None:
    ready = await cut_off.get("/v1/health/ready")
    live = await cut_off.get("/v1/health/live")
    assert (503, "unavailable") == code(ready)
    assert {"database": True, "temporal": False, "worker": False} == ready.json()["checks"]
    assert 200 == live.status_code


async def test_an_order_that_has_ended_answers_as_ever(deal_in: DealIn, cut_off: Door) -> None:
    deal = await deal_in("completed")
    answer = await cut_off.act(deal.order, "complete", deal.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "buyer: complete ✗ action-not-allowed" == (await journal(deal))[-1]


async def test_services_and_money_need_no_temporal(cut_off: Door) -> None:
    who = somebody("somebody")
    await cut_off.offer(who)
    await cut_off.top_up(who, 500)
    assert 500 == await cut_off.balance(who)


async def test_what_was_taken_is_carried_out_by_an_api_that_reaches_temporal(
    house: House, cut_off: Door
) -> None:
    deal = await house.deal()
    body = {"service_id": deal.service["id"], "brief": "Another one."}
    placed = await cut_off.post("/v1/orders", deal.buyer, body, key=str(uuid4()))
    taken = [
        await cut_off.act(order, "accept", deal.seller) for order in (deal.order, placed.json())
    ]
    assert [201, 202, 202] == [answer.status_code for answer in (placed, *taken)]
    assert 6_000 == await cut_off.balance(deal.buyer)
    await be_due(house)

    async def outcomes() -> list[Json | None]:
        found = [await house.door.get(one.headers["Location"], deal.seller) for one in taken]
        return [answer.json()["outcome"] for answer in found]

    decided = await eventually(outcomes, lambda found: None not in found)
    assert [True, True] == [outcome and outcome["accepted"] for outcome in decided]
    deal.order = placed.json()
    await deal.act("deliver", deal.seller, DELIVER)
    assert [
        "buyer: place → pending",
        "seller: accept → in_progress",
        "seller: deliver → delivered",
    ] == await journal(deal)


async def be_due(house: House) -> None:
    """Lets every relay send at its next look what it would send some seconds later."""
    async with connection(house.pool) as acquired:
        await acquired.execute("UPDATE requests SET next_signal = now() WHERE outcome IS NULL")


async def test_an_api_that_is_cut_off_keeps_nothing_from_one_that_is_not(
    house: House, deal_in: DealIn, open_door: OpenDoor, nowhere: None
) -> None:
    busy = await open_door(relay_pause=0.05)
    deal = await deal_in("pending")
    assert 202 == (await busy.act(deal.order, "accept", deal.seller)).status_code
    await be_due(house)
    await eventually(deal.now, lambda order: order["state"] == "in_progress")
    assert ["buyer: place → pending", "seller: accept → in_progress"] == await journal(deal)


async def placed_together(house: House, window: timedelta) -> list[Deal]:
    """Two orders that wait for their sellers as long; their people see a house with a Temporal."""
    async with house.with_settings(acceptance_window=window) as door:
        deals = [await house.deal(door=door) for _ in range(2)]
    for deal in deals:
        deal.door = house.door
    return deals


async def until_after(house: House, deal: Deal) -> None:
    """Until the order's deadline has passed, by the database's clock."""
    async with connection(house.pool) as acquired:
        at = instant(deal.order["deadline"]["at"]) + timedelta(milliseconds=1)
        await acquired.execute("SELECT pg_sleep_until($1)", at)


async def test_what_reached_the_api_in_time_counts_though_temporal_was_away_over_the_deadline(
    house: House, cut_off: Door
) -> None:
    timely, late = await placed_together(house, timedelta(seconds=3))
    async with house.worker_away():
        first = await cut_off.act(timely.order, "accept", timely.seller)
        await until_after(house, late)
        second = await cut_off.act(late.order, "accept", late.seller)
    await be_due(house)
    assert [202, 202] == [first.status_code, second.status_code]

    async def outcomes() -> list[Json | None]:
        found = [
            await house.door.get(answer.headers["Location"], deal.seller)
            for answer, deal in ((first, timely), (second, late))
        ]
        return [answer.json()["outcome"] for answer in found]

    decided = await eventually(outcomes, lambda found: None not in found)
    assert [True, False] == [outcome and outcome["accepted"] for outcome in decided]
    assert ("in_progress", (8_000, 0)) == ((await timely.now())["state"], await purses(timely))
    assert ("cancelled", (10_000, 0)) == ((await late.now())["state"], await purses(late))
    ends = [line for line in await journal(late) if line.startswith("deadline: cancel")]
    assert ["deadline: cancel → cancelled"] == ends


async def test_a_namespace_that_is_not_there_yet_loses_nothing(
    house: House, open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "not-there-yet")
    lost = await open_door(relay_pause=60)
    deal = await house.deal()
    body = {"service_id": deal.service["id"], "brief": "Another one."}
    placed = await lost.post("/v1/orders", deal.buyer, body, key=str(uuid4()))
    taken = await lost.act(deal.order, "accept", deal.seller)
    assert [201, 202] == [placed.status_code, taken.status_code]
    ready = await lost.get("/v1/health/ready")
    assert {"database": True, "temporal": False, "worker": False} == ready.json()["checks"]
    await be_due(house)
    await eventually(deal.now, lambda order: order["state"] == "in_progress")
