"""What people say on an order: who may write, what stays, how far each has read it."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.api.assertions import code
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)

LONGEST = 10_000


def path(order: Json) -> str:
    return f"/v1/orders/{order['id']}/messages"


async def write(
    in_play: OrderInPlay, who: Person, text: str, *, key: str | None = None, **more: object
) -> httpx.Response:
    return await in_play.api.post(path(in_play.order), who, {"text": text, **more}, key=key)


async def said(in_play: OrderInPlay, who: Person, text: str) -> Json:
    """A message that is meant to be taken."""
    answer = await write(in_play, who, text)
    assert answer.status_code == 201, answer.text
    message: Json = answer.json()
    return message


async def listed(api: ApiClient, order: Json, who: Person, **query: object) -> list[Json]:
    """All messages, page by page."""
    found: list[Json] = []
    cursor = None
    while True:
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        answer = await api.get(f"{path(order)}?{urlencode(asked)}", who)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def unread(in_play: OrderInPlay, who: Person) -> int:
    count: int = (await in_play.api.order(in_play.order["id"], who))["unread_messages"]
    return count


async def mark(in_play: OrderInPlay, who: Person, up_to: object) -> httpx.Response:
    return await in_play.api.post(f"{path(in_play.order)}/read", who, {"up_to": up_to})


async def test_both_sides_talk_from_the_placement_and_nothing_of_the_order_moves(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("pending")
    before = await in_play.now()
    question = await said(in_play, in_play.buyer, "Which blue do you like?")
    links = ["https://files.example/blue.png"]
    answer = await write(in_play, in_play.seller, "This one.", links=links)
    assert {"id": in_play.buyer.id, "role": "buyer"} == question["author"]
    assert ("1", "2") == (question["id"], answer.json()["id"])
    assert links == answer.json()["links"]
    for who in (in_play.buyer, in_play.seller, OPERATOR):
        assert [question, answer.json()] == await listed(in_play.api, in_play.order, who)
    after = await in_play.now()
    assert 1 == after.pop("unread_messages")
    assert {**before, "unread_messages": 0} == {**after, "unread_messages": 0}
    assert 1 == len(await in_play.api.events(in_play.order, in_play.buyer))


@pytest.mark.parametrize("who", ["stranger", "mediator"])
async def test_an_order_of_others_has_no_messages(order_in: OrderIn, who: str) -> None:
    in_play = await order_in("pending")
    person = MEDIATOR if who == "mediator" else somebody("stranger")
    await said(in_play, in_play.buyer, "Only for us.")
    answers = (
        await in_play.api.get(path(in_play.order), person),
        await write(in_play, person, "Hello?"),
        await mark(in_play, person, "1"),
    )
    assert [(404, "not-found")] * 3 == [code(answer) for answer in answers]


async def test_operators_read_and_do_not_write(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    answer = await write(in_play, OPERATOR, "Be nice.")
    assert (403, "forbidden") == code(answer)
    assert [] == await listed(in_play.api, in_play.order, OPERATOR)


async def test_a_mediator_writes_to_both_sides_while_there_is_a_dispute(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    message = await said(in_play, MEDIATOR, "What was agreed on?")
    assert "mediator" == message["author"]["role"]
    assert [1, 1] == [await unread(in_play, one) for one in (in_play.buyer, in_play.seller)]
    await in_play.act("resolve", MEDIATOR, {"outcome": "pay_seller", "reasons": "It is blue."})
    answer = await write(in_play, MEDIATOR, "And another thing.")
    assert (409, "action-not-allowed") == code(answer)
    assert "completed" == answer.json()["state"]
    assert [message] == await listed(in_play.api, in_play.order, MEDIATOR)
    await said(in_play, in_play.seller, "Thank you.")


@pytest.mark.parametrize(("days", "status"), [(29.99, 201), (30.01, 409)])
async def test_one_writes_until_thirty_days_after_the_end(
    app: AppUnderTest, order_in: OrderIn, days: float, status: int
) -> None:
    in_play = await order_in("completed")
    await aged(app, in_play, days)
    answer = await write(in_play, in_play.buyer, "It still looks good.")
    assert status == answer.status_code
    if status == 409:
        assert (409, "deadline-passed") == code(answer)
        assert "30 days" in answer.json()["detail"]
        assert [] == await listed(in_play.api, in_play.order, in_play.buyer)


async def aged(app: AppUnderTest, in_play: OrderInPlay, days: float) -> None:
    """Lets an order have ended so many days ago."""
    ended = datetime.now(UTC) - timedelta(days=days)
    owner = await asyncpg.connect(app.database_url)
    async with owner.transaction():
        await owner.execute("ALTER TABLE orders DISABLE TRIGGER guard_order")
        await owner.execute(
            "UPDATE orders SET updated_at = $2,"
            " doc = doc || jsonb_build_object('updated_at', $3::text) WHERE id = $1",
            UUID(in_play.order["id"]),
            ended,
            ended.isoformat(),
        )
        await owner.execute("ALTER TABLE orders ENABLE ALWAYS TRIGGER guard_order")
    await owner.close()


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x" * (LONGEST + 1)},
        {"text": ""},
        {"text": " \u200b "},
        {"text": "a\u0000b"},
        {"text": 5},
        {},
        {"text": "x", "links": ["ftp://files.example/x"]},
        {"text": "x", "links": ["https://files.example/a\nb"]},
        {"text": "x", "links": ["https://files.example/"] * 21},
        {"text": "x", "author": "somebody"},
    ],
    ids=str,
)
async def test_what_is_no_message_is_refused(walking: OrderInPlay, body: Json) -> None:
    answer = await walking.api.post(path(walking.order), walking.buyer, body)
    assert (422, "invalid-request") == code(answer)
    assert [] == await listed(walking.api, walking.order, walking.buyer)


@pytest.mark.parametrize("text", ["🐟" * LONGEST, "tab\tline\nbell\x07 \u202e", "'; DROP TABLE x"])
async def test_what_is_written_is_what_is_read(order_in: OrderIn, text: str) -> None:
    in_play = await order_in("pending")
    message = await said(in_play, in_play.buyer, text)
    assert text == message["text"]
    assert [message] == await listed(in_play.api, in_play.order, in_play.seller)


async def test_one_key_writes_once_also_when_both_come_at_once(order_in: OrderIn) -> None:
    in_play, key = await order_in("pending"), str(uuid4())
    answers = await asyncio.gather(
        *(write(in_play, in_play.buyer, "Once.", key=key) for _ in range(10))
    )
    assert {(201, answers[0].content)} == {(one.status_code, one.content) for one in answers}
    assert 1 == len(await listed(in_play.api, in_play.order, in_play.buyer))
    other = await write(in_play, in_play.buyer, "Twice.", key=key)
    assert (422, "idempotency-key-reused") == code(other)


async def test_nobody_floods_an_order_and_a_refusal_is_kept_under_no_key(
    order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play, api = await order_in("pending"), await another_api(max_messages=3)
    key, body = str(uuid4()), {"text": "Are you there?"}
    answers = [
        await api.post(path(in_play.order), in_play.buyer, body, key=f"{key}-{number}")
        for number in (1, 1, 1, 2, 3, 4)
    ]
    assert [201] * 5 + [429] == [answer.status_code for answer in answers]
    assert (429, "rate-limited") == code(answers[-1])
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 1_200
    assert 3 == len(await listed(in_play.api, in_play.order, in_play.buyer))
    other = await api.post(path(in_play.order), in_play.seller, body)
    assert 201 == other.status_code
    patient = await another_api(max_messages=0)
    again = await patient.post(path(in_play.order), in_play.buyer, body, key=f"{key}-4")
    assert 201 == again.status_code
    # And actions are counted apart.
    assert 200 == (await api.act(in_play.order, "accept", in_play.seller)).status_code


async def test_each_has_a_mark_of_their_own_that_never_goes_back(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    buyer, seller = in_play.buyer, in_play.seller
    for who, text in ((buyer, "a"), (seller, "b"), (seller, "c"), (buyer, "d"), (seller, "e")):
        await said(in_play, who, text)
    assert [3, 2, 5] == [await unread(in_play, who) for who in (buyer, seller, OPERATOR)]
    marks = [(await mark(in_play, buyer, up_to)).json() for up_to in ("3", "2", "3", "5")]
    assert [("3", 1), ("3", 1), ("3", 1), ("5", 0)] == [
        (one["read_up_to"], one["unread"]) for one in marks
    ]
    assert [0, 2, 5] == [await unread(in_play, who) for who in (buyer, seller, OPERATOR)]
    await said(in_play, buyer, "f")
    assert [0, 3, 6] == [await unread(in_play, who) for who in (buyer, seller, OPERATOR)]
    assert 5 == (await mark(in_play, OPERATOR, "1")).json()["unread"]
    page = (await in_play.api.get(path(in_play.order), buyer)).json()
    assert ("5", 0) == (page["read_up_to"], page["unread"])
    (row,) = (await in_play.api.get("/v1/orders", seller)).json()["items"]
    assert 3 == row["unread_messages"]


@pytest.mark.parametrize("up_to", ["2", "999999999"])
async def test_a_mark_beyond_what_is_there_is_none(order_in: OrderIn, up_to: str) -> None:
    in_play = await order_in("pending")
    nothing = await mark(in_play, in_play.buyer, up_to)
    assert (404, "not-found") == code(nothing)
    assert "there are none yet" in nothing.json()["detail"]
    await said(in_play, in_play.seller, "The only one.")
    answer = await mark(in_play, in_play.buyer, up_to)
    assert (404, "not-found") == code(answer)
    assert "the newest is 1" in answer.json()["detail"]
    await said(in_play, in_play.seller, "Another one.")
    assert 2 == await unread(in_play, in_play.buyer)


@pytest.mark.parametrize("up_to", ["0", "-1", "01", "1.5", "9" * 10, "", " 1", 1, None])
async def test_a_mark_that_names_no_message_is_refused(order_in: OrderIn, up_to: object) -> None:
    in_play = await order_in("pending")
    await said(in_play, in_play.seller, "The only one.")
    answer = await mark(in_play, in_play.buyer, up_to)
    assert (422, "invalid-request") == code(answer)
    assert 1 == await unread(in_play, in_play.buyer)


async def test_many_write_at_once_and_a_reader_who_pages_misses_none(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    people = (in_play.buyer, in_play.seller, MEDIATOR)
    writing = asyncio.gather(
        *(said(in_play, who, f"{who.id} {n}") for n in range(15) for who in people)
    )
    seen: list[Json] = []
    while not writing.done() or len(seen) < 45:
        after = {"after": seen[-1]["id"]} if seen else {}
        seen += await listed(in_play.api, in_play.order, in_play.buyer, limit=7, **after)
    written = await writing
    assert [str(number) for number in range(1, 46)] == [one["id"] for one in seen]
    assert sorted(written, key=lambda one: int(one["id"])) == seen
    assert seen == sorted(seen, key=lambda one: one["at"])
    for who in people:
        assert 30 == await unread(in_play, who)


async def test_parts_are_bounded_by_what_they_weigh(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    for _ in range(10):
        await said(in_play, in_play.buyer, "\x01" * (LONGEST - 1) + "x")
    answer = await in_play.api.get(path(in_play.order), in_play.seller)
    assert 0 < len(answer.json()["items"]) < 10
    assert 512 * 1024 > len(answer.content)
    assert 10 == len(await listed(in_play.api, in_play.order, in_play.seller))
    case = f"/v1/orders/{in_play.order['id']}/case"
    parts = [(await in_play.api.get(case, in_play.seller)).json()]
    while cursor := parts[-1]["next_cursor"]:
        parts.append((await in_play.api.get(f"{case}?cursor={cursor}", in_play.seller)).json())
    ids = [one["id"] for part in reversed(parts) for one in part["messages"]]
    assert 1 < len(parts)
    assert [str(number) for number in range(1, 11)] == ids
