"""What is said, in the order's stream: beside the journal, whose places stay what they were."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from api import order_feed
from api.order_feed import Place
from db.events import JournalEntry
from db.pool import connection
from tests.api.conftest import OrderIn
from tests.api.test_messages import said
from tests.app_under_test import (
    DELIVER,
    SECRET,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
)
from tests.interrupted import interrupted


async def heard(
    api: ApiClient, order: Json, who: Person, last: str | None = None
) -> AsyncGenerator[Json, None]:
    """The events of a stream with their names, and their ids as far as they have one."""
    headers = who.signed(SECRET) | ({"Last-Event-ID": last} if last else {})
    url = f"/v1/orders/{order['id']}/stream"
    async with api.client.stream("GET", url, headers=headers) as answer:
        event: Json = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                event[name] = json.loads(value) if name == "data" else value
            elif not line and event:
                yield event
                event = {}


async def take(in_play: OrderInPlay, number: int, last: str | None = None) -> list[Json]:
    found: list[Json] = []
    async with aclosing(heard(in_play.api, in_play.order, in_play.seller, last)) as stream:
        async for event in stream:
            found.append(event)
            if len(found) == number:
                break
    return found


def short(found: list[Json]) -> list[str]:
    """The entries by number, the messages by `m` and theirs."""
    return [one["id"] if one["event"] == "journal" else f"m{one['data']['id']}" for one in found]


async def talkative(order_in: OrderIn) -> OrderInPlay:
    """An order with a message after each entry but the refused one, and two after the second."""
    in_play = await order_in("pending")
    await said(in_play, in_play.buyer, "Hello!")
    await in_play.act("accept", in_play.seller)
    await said(in_play, in_play.seller, "I begin.")
    await said(in_play, in_play.buyer, "Good.")
    await in_play.api.act(in_play.order, "accept", in_play.seller)
    await in_play.act("deliver", in_play.seller, DELIVER)
    await said(in_play, in_play.seller, "Here it is.")
    return in_play


async def test_it_comes_between_the_entries_as_it_was_said_and_has_no_id(order_in: OrderIn) -> None:
    in_play = await talkative(order_in)
    found = await take(in_play, 8)
    assert ["1", "m1", "2", "m2", "m3", "3", "4", "m4"] == short(found)
    told = [one for one in found if one["event"] == "message"]
    assert [False] * 4 == ["id" in one for one in told]
    page = await in_play.api.get(f"/v1/orders/{in_play.order['id']}/messages", in_play.buyer)
    assert page.json()["items"] == [one["data"] for one in told]


async def test_who_comes_back_after_an_entry_misses_nothing_said_since(order_in: OrderIn) -> None:
    in_play = await talkative(order_in)
    for last, expected in (
        ("1", ["m1", "2", "m2", "m3", "3", "4", "m4"]),
        ("2", ["m2", "m3", "3", "4", "m4"]),
        ("3", ["4", "m4"]),
        ("4", ["m4"]),
    ):
        assert expected == short(await take(in_play, len(expected), last)), last


async def test_it_is_heard_as_it_is_said(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    async with aclosing(heard(in_play.api, in_play.order, in_play.seller)) as stream:
        # Who only comes once all is said reads it, and hears nothing.
        found = [await anext(stream)]
        await said(in_play, in_play.buyer, "Hello!")
        await in_play.act("accept", in_play.seller)
        await said(in_play, in_play.buyer, "Good.")
        await said(in_play, in_play.seller, "Yes.")
        found += [await anext(stream) for _ in range(4)]
    assert ["1", "m1", "2", "m2", "m3"] == short(found)


async def test_a_long_conversation_and_a_long_journal_come_whole_and_once(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("pending")
    for number in range(60):
        await said(in_play, in_play.buyer, f"Message {number}.")
        await said(in_play, in_play.seller, "x" * 9_000)
        await in_play.api.act(in_play.order, "complete", in_play.buyer)
    found = short(await take(in_play, 181))
    expected = ["1"]
    for number in range(60):
        expected += [f"m{2 * number + 1}", f"m{2 * number + 2}", str(number + 2)]
    assert expected == found


async def test_what_is_said_after_a_step_is_not_heard_before_it(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    """Whoever looks just when the step is done sees neither, or both."""
    in_play = await order_in("in_progress")
    order_id, place = UUID(in_play.order["id"]), Place(entry=2, message=0)

    async def delivered_and_said() -> None:
        await in_play.act("deliver", in_play.seller, DELIVER)
        await said(in_play, in_play.seller, "Here it is.")

    heard = list[str]()
    async with connection(app.pool) as acquired:
        for looks in (interrupted(acquired, delivered_and_said), acquired):
            part = await order_feed.page(looks, order_id, place)
            heard += [one.action if isinstance(one, JournalEntry) else "said" for one in part.items]
            place = part.place
    assert heard == ["deliver", "said"]
