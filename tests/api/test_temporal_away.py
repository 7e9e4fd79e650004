"""While Temporal is away: the API reads, places and records; all is carried out afterwards."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from api.relay import tried
from db.pool import Pool, at_length, connection, create_pool
from tests.api.assertions import code, instant, journal, wallets
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import (
    DELIVER,
    PATIENCE_SECONDS,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    eventually,
    in_time,
    somebody,
)
from tests.own_logs import own_logs


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody is where the next API looks for Temporal; the app's own has found it."""
    with socket.socket() as held:  # and nobody else comes there: it is taken, and not listened on
        held.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{held.getsockname()[1]}")
        yield


@pytest.fixture
async def cut_off(another_api: AnotherApi, nowhere: None) -> ApiClient:
    """An API that is cut off from Temporal, and does not look for it again while a test lasts."""
    return await another_api(relay_pause=60)


async def test_everything_is_read(order_in: OrderIn, cut_off: ApiClient) -> None:
    in_play = await order_in("completed")
    order = f"/v1/orders/{in_play.order['id']}"
    paths = [
        order,
        f"{order}/events",
        f"{order}/ledger",
        "/v1/orders",
        "/v1/services",
        "/v1/wallet",
    ]
    answers = [await cut_off.get(path, in_play.buyer) for path in paths]
    assert [200] * len(paths) == [answer.status_code for answer in answers]


async def test_health_says_what_is_missing(cut_off: ApiClient) -> None:
    ready = await with_a_worker(cut_off)
    live = await cut_off.get("/v1/health/live")
    assert (503, "unavailable") == code(ready)
    assert {"database": True, "temporal": False, "worker": True} == ready.json()["checks"]
    assert 200 == live.status_code


async def with_a_worker(api: ApiClient) -> Response:
    """What is there, once the worker has said again that it lives."""
    return await eventually(
        lambda: api.get("/v1/health/ready"), lambda one: bool(one.json()["checks"]["worker"])
    )


async def test_an_order_that_has_ended_answers_as_ever(
    order_in: OrderIn, cut_off: ApiClient
) -> None:
    in_play = await order_in("completed")
    answer = await cut_off.act(in_play.order, "complete", in_play.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "buyer: complete ✗ action-not-allowed" == (await journal(in_play))[-1]


async def test_services_and_money_need_no_temporal(cut_off: ApiClient) -> None:
    who = somebody("somebody")
    await cut_off.offer(who)
    await cut_off.top_up(who, 500)
    assert 500 == await cut_off.balance(who)


async def test_what_was_taken_is_carried_out_by_an_api_that_reaches_temporal(
    app: AppUnderTest, cut_off: ApiClient
) -> None:
    in_play = await app.place_order()
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    placed = await cut_off.post("/v1/orders", in_play.buyer, body, key=str(uuid4()))
    taken = [
        await cut_off.act(order, "accept", in_play.seller)
        for order in (in_play.order, placed.json())
    ]
    assert [201, 202, 202] == [answer.status_code for answer in (placed, *taken)]
    assert 6_000 == await cut_off.balance(in_play.buyer)
    await be_due(app)

    async def outcomes() -> list[Json | None]:
        found = [await app.api.get(one.headers["Location"], in_play.seller) for one in taken]
        return [answer.json()["outcome"] for answer in found]

    decided = await eventually(outcomes, lambda found: None not in found)
    assert [True, True] == [outcome and outcome["accepted"] for outcome in decided]
    in_play.order = placed.json()
    await in_play.act("deliver", in_play.seller, DELIVER)
    assert [
        "buyer: place → pending",
        "seller: accept → in_progress",
        "seller: deliver → delivered",
    ] == await journal(in_play)


async def be_due(app: AppUnderTest) -> None:
    """Lets every relay send at its next look what it would send some seconds later."""
    async with connection(app.pool) as acquired:
        await acquired.execute("UPDATE requests SET next_signal = now() WHERE outcome IS NULL")


async def test_an_api_that_is_cut_off_keeps_nothing_from_one_that_is_not(
    app: AppUnderTest, order_in: OrderIn, another_api: AnotherApi, nowhere: None
) -> None:
    busy = await another_api(relay_pause=0.05)
    in_play = await order_in("pending")
    assert 202 == (await busy.act(in_play.order, "accept", in_play.seller)).status_code
    await be_due(app)
    await eventually(in_play.now, lambda order: order["state"] == "in_progress")
    assert ["buyer: place → pending", "seller: accept → in_progress"] == await journal(in_play)


async def placed_together(app: AppUnderTest, window: str) -> list[OrderInPlay]:
    """Two orders that wait for their sellers as long; their people see an app with a Temporal."""
    async with app.with_settings(acceptance_window=window) as api:
        orders_in_play = [await app.place_order(api=api) for _ in range(2)]
    for in_play in orders_in_play:
        in_play.api = app.api
    return orders_in_play


async def until_after(app: AppUnderTest, in_play: OrderInPlay) -> None:
    """Until the order's deadline has passed, by the database's clock."""
    async with connection(app.pool) as acquired:
        at = instant(in_play.order["deadline"]["at"]) + timedelta(milliseconds=1)
        async with at_length(acquired, int(PATIENCE_SECONDS)):
            await acquired.execute("SELECT pg_sleep_until($1)", at, timeout=PATIENCE_SECONDS)


async def test_what_reached_the_api_in_time_counts_though_temporal_was_away_over_the_deadline(
    app: AppUnderTest, cut_off: ApiClient
) -> None:
    async def attempt(window: str) -> tuple[OrderInPlay, OrderInPlay, Response, Response]:
        timely, late = await placed_together(app, window)
        async with app.worker_away():
            first = await cut_off.act(timely.order, "accept", timely.seller)
            assert (await timely.now())["actions"]
            await until_after(app, late)
            second = await cut_off.act(late.order, "accept", late.seller)
        return timely, late, first, second

    timely, late, first, second = await in_time(attempt, 3)
    await be_due(app)
    assert [202, 202] == [first.status_code, second.status_code]

    async def outcomes() -> list[Json | None]:
        found = [
            await app.api.get(answer.headers["Location"], in_play.seller)
            for answer, in_play in ((first, timely), (second, late))
        ]
        return [answer.json()["outcome"] for answer in found]

    decided = await eventually(outcomes, lambda found: None not in found)
    assert [True, False] == [outcome and outcome["accepted"] for outcome in decided]
    assert ("in_progress", (8_000, 0)) == ((await timely.now())["state"], await wallets(timely))
    assert ("cancelled", (10_000, 0)) == ((await late.now())["state"], await wallets(late))
    ends = [line for line in await journal(late) if line.startswith("deadline: cancel")]
    assert ["deadline: cancel → cancelled"] == ends


async def test_a_namespace_that_is_not_there_yet_loses_nothing(
    app: AppUnderTest, another_api: AnotherApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "not-there-yet")
    lost = await another_api(relay_pause=60)
    in_play = await app.place_order()
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    placed = await lost.post("/v1/orders", in_play.buyer, body, key=str(uuid4()))
    taken = await lost.act(in_play.order, "accept", in_play.seller)
    assert [201, 202] == [placed.status_code, taken.status_code]
    ready = await with_a_worker(lost)
    assert {"database": True, "temporal": False, "worker": True} == ready.json()["checks"]
    await be_due(app)
    await eventually(in_play.now, lambda order: order["state"] == "in_progress")


async def test_the_log_names_who_is_away(app: AppUnderTest, nowhere: None) -> None:
    with own_logs() as logs:
        async with app.with_settings(relay_pause=0.01):
            await eventually(lambda: _waits(logs))
    assert {"Temporal does not answer"} == set(await _waits(logs))


async def test_the_log_names_the_database_that_is_away() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        pool = await create_pool(f"postgresql://x@127.0.0.1:{free.getsockname()[1]}/x", 2)
        with own_logs() as logs:
            assert not await tried(partial(_asks, pool))
    await pool.close()
    [said] = await _waits(logs)
    assert said.startswith("the database does not answer: ")


async def _asks(pool: Pool) -> bool:
    async with connection(pool):
        return True


async def _waits(logs: list[Any]) -> list[str]:
    return [one["because"] for one in logs if one["event"] == "relay waits"]
