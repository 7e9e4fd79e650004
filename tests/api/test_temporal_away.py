"""While Temporal is away: the API reads, places and records; all is carried out afterwards."""

import asyncio
import socket
from uuid import uuid4

import pytest

from tests.api.conftest import OpenDoor
from tests.api.readings import code, journal
from tests.house import DELIVER, Door, House, eventually, somebody


@pytest.fixture
async def cut_off(open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> Door:
    """An API that finds nobody where it looks for Temporal; the house's own does, and runs the
    relay."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{port}")
    return await open_door()


async def test_everything_is_read(house: House, cut_off: Door) -> None:
    deal = await (await house.deal()).reach("completed")
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


async def test_an_order_that_has_ended_answers_as_ever(house: House, cut_off: Door) -> None:
    deal = await (await house.deal()).reach("completed")
    answer = await cut_off.act(deal.order, "complete", deal.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "buyer: complete ✗ action-not-allowed" == (await journal(deal))[-1]


async def test_services_and_money_need_no_temporal(cut_off: Door) -> None:
    who = somebody("somebody")
    await cut_off.offer(who)
    await cut_off.top_up(who, 500)
    assert 500 == await cut_off.balance(who)


async def test_what_was_taken_is_carried_out_once_temporal_is_there(
    house: House, cut_off: Door
) -> None:
    deal = await house.deal()
    body = {"service_id": deal.service["id"], "brief": "Another one."}
    placed, accepted = await asyncio.gather(
        cut_off.post("/v1/orders", deal.buyer, body, key=str(uuid4())),
        cut_off.act(deal.order, "accept", deal.seller),
    )
    assert [201, 202] == [placed.status_code, accepted.status_code]
    delivered = await cut_off.act(placed.json(), "accept", deal.seller)
    assert 202 == delivered.status_code
    assert 6_000 == await cut_off.balance(deal.buyer)

    async def states() -> list[str]:
        orders = [
            await house.door.order(one["id"], deal.buyer) for one in (deal.order, placed.json())
        ]
        return [order["state"] for order in orders]

    await eventually(states, lambda found: found == ["in_progress", "in_progress"])
    for answer in (accepted, delivered):
        request = await house.door.get(answer.headers["Location"], deal.seller)
        assert True is request.json()["outcome"]["accepted"]
    deal.order = placed.json()
    await deal.act("deliver", deal.seller, DELIVER)
    assert [
        "buyer: place → pending",
        "seller: accept → in_progress",
        "seller: deliver → delivered",
    ] == await journal(deal)
