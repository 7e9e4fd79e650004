"""The journal as a stream: from its beginning or from where a reader left off."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.guard.limits import SlowReaders
from db import events
from db.errors import Unavailable
from db.events import JournalEntry
from tests.api.conftest import DealIn
from tests.api.readings import code
from tests.house import DELIVER, SECRET, Door, House, Json, Person, eventually, somebody

UNDECIDED = "SELECT count(*) FROM requests WHERE order_id::text = $1 AND outcome IS NULL"


async def heard(
    door: Door, order: Json, who: Person, last: str | None = None
) -> AsyncGenerator[Json, None]:
    """The events of a stream, each with its id."""
    url = f"/v1/orders/{order['id']}/stream"
    headers = who.signed(SECRET) | ({"Last-Event-ID": last} if last else {})
    async with door.client.stream("GET", url, headers=headers) as answer:
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
    door: Door, order: Json, who: Person, number: int, last: str | None = None
) -> list[Json]:
    found: list[Json] = []
    async with aclosing(heard(door, order, who, last)) as stream:
        async for event in stream:
            found.append(event)
            if len(found) == number:
                break
    return found


async def test_it_tells_the_journal_and_then_what_comes(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    reading = asyncio.create_task(take(house.door, deal.order, deal.seller, 4))
    await deal.reach("delivered")
    await house.door.act(deal.order, "accept", deal.seller)
    found = await reading
    assert [1, 2, 3, 4] == [event["id"] for event in found]
    assert await house.door.events(deal.order, deal.seller) == [event["data"] for event in found]


async def test_it_goes_on_after_the_last_event_without_gap_or_double(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("pending")
    seen: list[int] = []
    for action, who, body in (
        ("accept", deal.seller, None),
        ("deliver", deal.seller, DELIVER),
        ("complete", deal.buyer, None),
    ):
        last = str(seen[-1]) if seen else None
        # Cut off after one event each time, while the order moves on.
        reading = asyncio.create_task(take(house.door, deal.order, deal.buyer, 1, last))
        await deal.act(action, who, body)
        seen += [event["id"] for event in await reading]
    rest = await take(house.door, deal.order, deal.buyer, 4 - len(seen), str(seen[-1]))
    assert [1, 2, 3, 4] == seen + [event["id"] for event in rest]


async def test_many_readers_all_hear_everything(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    readers = [
        asyncio.create_task(take(house.door, deal.order, who, 3))
        for who in (deal.buyer, deal.seller) * 10
    ]
    await deal.reach("delivered")
    assert [[1, 2, 3]] * 20 == [
        [event["id"] for event in found] for found in await asyncio.gather(*readers)
    ]


async def test_a_stream_outlives_a_database_that_is_away_for_a_moment(
    house: House, deal_in: DealIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await deal_in("pending")
    page, failures = events.page, iter([True, True])

    async def away_at_first(*asked: Any) -> list[JournalEntry]:
        if next(failures, False):
            raise Unavailable("away")
        return await page(*asked)

    monkeypatch.setattr(events, "page", away_at_first)
    reading = asyncio.create_task(take(house.door, deal.order, deal.buyer, 2))
    await deal.act("accept", deal.seller)
    assert [1, 2] == [event["id"] for event in await reading]


async def test_a_server_that_is_told_to_end_ends_its_streams_cleanly(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("pending")
    async with house.with_settings() as door:
        assert door.server is not None
        found = []
        async with aclosing(heard(door, deal.order, deal.seller)) as stream:
            async for event in stream:  # one that is broken off raises here
                found.append(event["id"])
                door.server.should_exit = True
    assert [1] == found


async def test_a_server_that_is_told_to_end_answers_who_waits(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("pending")
    async with house.worker_away(), house.with_settings(action_wait=1) as door:
        assert door.server is not None
        found = []
        async with aclosing(heard(door, deal.order, deal.seller)) as stream:
            async for event in stream:
                found.append(event["id"])
                acting = asyncio.create_task(door.act(deal.order, "accept", deal.seller))
                await eventually(lambda: house.pool.fetchval(UNDECIDED, deal.order["id"]))
                door.server.should_exit = True
        assert ([1], 202) == (found, (await acting).status_code)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 12])
async def test_an_id_that_is_none_is_refused(deal_in: DealIn, last: str) -> None:
    deal = await deal_in("pending")
    path = f"/v1/orders/{deal.order['id']}/stream"
    answer = await deal.door.get(path, deal.buyer, last_event_id=last)
    assert (422, "invalid-request") == code(answer)


async def test_it_is_not_for_strangers(deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    answer = await deal.door.get(f"/v1/orders/{deal.order['id']}/stream", somebody("stranger"))
    assert (404, "not-found") == code(answer)


class Reader:
    """Takes the head of an answer, and then nothing any more."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(self, message: Message) -> None:
        self.taken.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()


def answering(media_type: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", media_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})

    return app


async def nothing_comes() -> Message:
    await asyncio.Event().wait()
    return {}


async def test_a_reader_who_takes_nothing_is_cut_off() -> None:
    reader = Reader()
    stream = SlowReaders(answering("text/event-stream"), seconds=0.05)
    async with asyncio.timeout(10):
        await stream({"type": "http"}, nothing_comes, reader.send)
    assert ["http.response.start", "http.response.body"] == reader.taken


async def test_other_answers_may_be_taken_slowly() -> None:
    page = SlowReaders(answering("application/json"), seconds=0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await page({"type": "http"}, nothing_comes, Reader().send)
