"""The journal as a stream: from its beginning or from where a reader left off."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from api.auth.tokens import issue
from db import events
from db.errors import Unavailable
from db.events import JournalPart
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.api.forged import signed
from tests.app_under_test import (
    DELIVER,
    PATIENCE_SECONDS,
    SECRET,
    ApiClient,
    AppUnderTest,
    Json,
    Person,
    eventually,
    somebody,
)

UNDECIDED = "SELECT count(*) FROM requests WHERE order_id::text = $1 AND outcome IS NULL"


async def heard(
    api: ApiClient, order: Json, who: Person, last: str | None = None
) -> AsyncGenerator[Json, None]:
    """The events of a stream, each with its id."""
    url = f"/v1/orders/{order['id']}/stream"
    headers = who.signed(SECRET) | ({"Last-Event-ID": last} if last else {})
    async with api.client.stream("GET", url, headers=headers) as answer:
        assert httpx.codes.OK == answer.status_code
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: Json = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "data"):
                event[name] = json.loads(value)
            elif not line and event:
                yield event
                event = {}


async def take(
    api: ApiClient, order: Json, who: Person, number: int, last: str | None = None
) -> list[Json]:
    found: list[Json] = []
    async with aclosing(heard(api, order, who, last)) as stream:
        async for event in stream:
            found.append(event)
            if len(found) == number:
                break
    return found


async def test_it_tells_the_journal_and_then_what_comes(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    reading = asyncio.create_task(take(app.api, in_play.order, in_play.seller, 4))
    await in_play.reach("delivered")
    await app.api.act(in_play.order, "accept", in_play.seller)
    found = await reading
    assert [1, 2, 3, 4] == [event["id"] for event in found]
    assert await app.api.events(in_play.order, in_play.seller) == [event["data"] for event in found]


async def test_it_goes_on_after_the_last_event_without_gap_or_double(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    seen: list[int] = []
    for action, who, body in (
        ("accept", in_play.seller, None),
        ("deliver", in_play.seller, DELIVER),
        ("complete", in_play.buyer, None),
    ):
        last = str(seen[-1]) if seen else None
        # Cut off after one event each time, while the order moves on.
        reading = asyncio.create_task(take(app.api, in_play.order, in_play.buyer, 1, last))
        await in_play.act(action, who, body)
        seen += [event["id"] for event in await reading]
    rest = await take(app.api, in_play.order, in_play.buyer, 4 - len(seen), str(seen[-1]))
    assert [1, 2, 3, 4] == seen + [event["id"] for event in rest]


async def test_many_readers_all_hear_everything(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    readers = [
        asyncio.create_task(take(app.api, in_play.order, who, 3))
        for who in (in_play.buyer, in_play.seller) * 10
    ]
    await in_play.reach("delivered")
    assert [[1, 2, 3]] * 20 == [
        [event["id"] for event in found] for found in await asyncio.gather(*readers)
    ]


async def test_a_stream_outlives_a_database_that_is_away_for_a_moment(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play = await order_in("pending")
    page, failures = events.page, iter([True, True])

    async def away_at_first(*asked: Any) -> JournalPart:
        if next(failures, False):
            raise Unavailable("away")
        return await page(*asked)

    monkeypatch.setattr(events, "page", away_at_first)
    reading = asyncio.create_task(take(app.api, in_play.order, in_play.buyer, 2))
    await in_play.act("accept", in_play.seller)
    assert [1, 2] == [event["id"] for event in await reading]


async def test_a_server_that_is_told_to_end_ends_its_streams_cleanly(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    async with app.with_settings() as api:
        assert api.server is not None
        found = []
        async with aclosing(heard(api, in_play.order, in_play.seller)) as stream:
            async for event in stream:  # one that is broken off raises here
                found.append(event["id"])
                api.server.should_exit = True
    assert [1] == found


async def test_a_server_that_is_told_to_end_answers_who_waits(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    async with app.worker_away(), app.with_settings(action_wait=1) as api:
        assert api.server is not None
        found = []
        async with aclosing(heard(api, in_play.order, in_play.seller)) as stream:
            async for event in stream:
                found.append(event["id"])
                acting = asyncio.create_task(api.act(in_play.order, "accept", in_play.seller))
                await eventually(lambda: app.pool.fetchval(UNDECIDED, in_play.order["id"]))
                api.server.should_exit = True
        assert ([1], 202) == (found, (await acting).status_code)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 12])
async def test_an_id_that_is_none_is_refused(order_in: OrderIn, last: str) -> None:
    in_play = await order_in("pending")
    path = f"/v1/orders/{in_play.order['id']}/stream"
    answer = await in_play.api.get(path, in_play.buyer, last_event_id=last)
    assert (422, "invalid-request") == code(answer)


async def test_it_is_not_for_strangers(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    answer = await in_play.api.get(f"/v1/orders/{in_play.order['id']}/stream", somebody("stranger"))
    assert (404, "not-found") == code(answer)


@pytest.mark.parametrize("end", [10**400, 10**18, 1e300], ids=["whole", "large", "fraction"])
async def test_a_token_without_an_end_in_sight_has_its_stream(
    order_in: OrderIn, end: float
) -> None:
    in_play = await order_in("pending")
    headers = {"Authorization": f"Bearer {signed(sub=in_play.buyer.id, exp=end)}"}
    url = f"/v1/orders/{in_play.order['id']}/stream"
    async with in_play.api.client.stream("GET", url, headers=headers) as answer:
        assert httpx.codes.OK == answer.status_code
        assert "event: journal" in [line async for line in _until_told(answer)]


async def _until_told(answer: httpx.Response) -> AsyncGenerator[str, None]:
    async for line in answer.aiter_lines():
        yield line
        if line.startswith("data:"):
            return


@pytest.mark.parametrize("seconds", [-2, 1, 2], ids=["in the leeway", "one", "two"])
async def test_it_ends_cleanly_with_its_token(order_in: OrderIn, seconds: int) -> None:
    in_play = await order_in("pending")
    bearer = issue(SECRET, in_play.buyer.id, ["user"], seconds=seconds)
    path = f"/v1/orders/{in_play.order['id']}/stream"
    headers = {"Authorization": f"Bearer {bearer}"}
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        in_play.api.client.stream("GET", path, headers=headers) as answer,
    ):
        assert httpx.codes.OK == answer.status_code
        async for _ in answer.aiter_lines():  # one that is broken off raises here
            pass
