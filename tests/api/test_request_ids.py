"""Each request has an id: in its answer, whichever part makes that, and in the lines of the log,
with who asked and for which order."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any
from uuid import UUID

import pytest
import structlog
from starlette.types import Message
from structlog.testing import capture_logs

from api.guard.request_ids import order_id_in
from api.server import every_answer
from infra.settings import Settings
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import (
    SECRET,
    SECRETS_KEY,
    AppUnderTest,
    Json,
    eventually,
    somebody,
)

ORDER = "5a1f7c1e-58a4-4a0b-9d0c-3b1f0a7f2f11"

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged, as the product itself renders it."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as found:
        yield found


def of_requests(lines: Lines) -> Lines:
    return [line for line in lines if line["event"] == "request"]


@pytest.mark.parametrize(
    "given", ["a", "A-1_b.2", "0" * 128, "5a1f7c1e-58a4-4a0b-9d0c-3b1f0a7f2f11"]
)
async def test_the_callers_id_is_taken_over(app: AppUnderTest, lines: Lines, given: str) -> None:
    answer = await app.api.get("/v1/health/live", x_request_id=given)
    assert given == answer.headers["X-Request-Id"]
    assert [given] == [line["request_id"] for line in of_requests(lines)]


@pytest.mark.parametrize(
    "given",
    ["", "a b", "a\tb", "é", "0" * 129, "a;b", "<script>", '"', "a,b", "\\n", "%0a", "{}"],
)
async def test_what_is_no_id_is_replaced(app: AppUnderTest, lines: Lines, given: str) -> None:
    sent = {"X-Request-Id": given.encode()}
    answer = await app.api.client.get("/v1/health/live", headers=sent)  # type: ignore[arg-type]
    drawn = answer.headers["X-Request-Id"]
    assert drawn == str(UUID(drawn))
    assert [drawn] == [line["request_id"] for line in of_requests(lines)]


async def test_of_two_ids_none_is_taken(app: AppUnderTest) -> None:
    sent = [("X-Request-Id", "one"), ("X-Request-Id", "two")]
    answer = await app.api.client.get("/v1/health/live", headers=sent)
    assert str(UUID(answer.headers["X-Request-Id"])) not in ("one", "two")


async def test_each_request_has_its_own(app: AppUnderTest) -> None:
    answers = [await app.api.get("/v1/health/live") for _ in range(5)]
    assert 5 == len({answer.headers["X-Request-Id"] for answer in answers})


async def test_errors_have_it_whichever_guard_makes_them(another_api: AnotherApi) -> None:
    api = await another_api(rate_limit=1, rate_burst=1, max_body=1024)
    eager = somebody("eager")
    mine: Json = {"x_request_id": "mine"}
    answers = [
        await api.post("/v1/services", eager, {"title": "x" * 2_000}, **mine),
        await api.get("/v1/wallet", eager, **mine),
        await api.get("/v1/wallet", X="x" * 17_000, **mine),
        await api.get("/v1/orders/%ff", **mine),
        await api.get("/v1/wallet", content_encoding="br", **mine),
        await api.get("/nowhere", **mine),
        await api.call("PATCH", "/v1/wallet", somebody("other"), **mine),
    ]
    assert [413, 429, 413, 422, 415, 404, 405] == [answer.status_code for answer in answers]
    assert ["mine"] * 7 == [answer.headers["X-Request-Id"] for answer in answers]


async def told(app: AppUnderTest, sent: bytes) -> str:
    """The head of what the server says to these bytes."""
    base = app.api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    return head.decode().lower()


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"], ids=repr)
async def test_so_do_answers_to_what_is_no_request(
    app: AppUnderTest, lines: Lines, sent: bytes
) -> None:
    found = re.search(r"\r\nx-request-id: (\S+)\r\n", await told(app, sent))
    assert found
    refused = [line for line in lines if line["event"] == "refused before it was read"]
    assert [(found[1], 422)] == [(line["request_id"], line["status"]) for line in refused]


async def test_a_body_that_does_not_come_is_answered_under_the_same_id(
    another_api: AnotherApi, lines: Lines
) -> None:
    api = await another_api(body_patience=0.2)
    base = api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(b"POST /v1/services HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n")
    writer.write(b"Content-Length: 10\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    assert b"x-request-id: mine\r\n" in head.lower()
    assert ["mine"] == [line["request_id"] for line in lines if "refused" in line["event"]]


def a_process() -> Settings:
    values: dict[str, Any] = {"database_url": "postgresql://nowhere", "jwt_secret": SECRET}
    return Settings(_env_file=None, **values, secrets_key=SECRETS_KEY)


async def test_a_process_that_ends_says_it_too() -> None:
    async def broken_off(*_: Any) -> None:
        raise asyncio.CancelledError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    asked = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", b"mine")]}
    await every_answer(broken_off, a_process())(asked, receive, send)
    assert (503, True) == (sent[0]["status"], (b"x-request-id", b"mine") in sent[0]["headers"])


async def test_a_line_names_who_asked_and_for_which_order(
    app: AppUnderTest, order_in: OrderIn, lines: Lines
) -> None:
    in_play = await order_in("pending")
    lines.clear()
    await in_play.api.get(f"/v1/orders/{in_play.order['id']}/events", in_play.seller)
    await in_play.api.act(in_play.order, "accept", in_play.buyer)
    told = [(line.get("caller"), line.get("order_id")) for line in of_requests(lines)]
    assert [(who.id, in_play.order["id"]) for who in (in_play.seller, in_play.buyer)] == told


async def test_so_does_that_of_an_order_that_was_just_placed(
    app: AppUnderTest, lines: Lines
) -> None:
    in_play = await app.place_order()
    placed = [line for line in of_requests(lines) if line["route"] == "/v1/orders"]
    assert [(in_play.buyer.id, in_play.order["id"])] == [
        (line.get("caller"), line.get("order_id")) for line in placed
    ]


@pytest.mark.parametrize(
    ("address", "is_found"),
    [
        *((f"{page}/{ORDER}", True) for page in ("/v1/orders", "/orders", "/disputes")),
        *((f"/console/orders/{ORDER}{more}", True) for more in ("", "?part=2", "/more", "#x")),
        *(
            (address, False)
            for address in (f"/v1/services/{ORDER}", f"/orders/{ORDER}0", "/orders/x")
        ),
    ],
)
def test_the_order_is_found_in_the_addresses_of_the_api_and_of_pages(
    address: str, is_found: bool
) -> None:
    assert (ORDER if is_found else None) == order_id_in(address)


async def pipelined(app: AppUnderTest, *requests: bytes) -> AsyncIterator[bytes]:
    base = app.api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(b"".join(requests))
    for _ in requests:
        yield await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"}")
    writer.transport.abort()


async def test_a_request_right_behind_another_is_not_taken_for_its_callers(
    app: AppUnderTest, lines: Lines
) -> None:
    bearer = somebody("first").headers["Authorization"]
    first = f"GET /v1/wallet HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n\r\n".encode()
    second = b"GET /v1/wallet HTTP/1.1\r\nHost: x\r\n\r\n"
    heads = [head async for head in pipelined(app, first, second)]
    assert [b"200", b"401"] == [head.split()[1] for head in heads]
    known, unknown = of_requests(lines)
    assert (True, False) == ("caller" in known, "caller" in unknown)


async def test_the_workers_lines_have_the_id_of_the_call_that_they_came_of(
    app: AppUnderTest, order_in: OrderIn, lines: Lines
) -> None:
    in_play = await order_in("pending")
    lines.clear()
    answer = await in_play.api.act(in_play.order, "accept", in_play.seller, x_request_id="mine")
    assert 200 == answer.status_code
    (asked,) = of_requests(lines)

    async def steps() -> Lines:
        """Those of this order: the worker does what others wait for, too."""
        of = in_play.order["id"]
        return [line for line in lines if line["event"] == "step" and line["order_id"] == of]

    (step,) = await eventually(steps)
    assert ["mine"] * 2 == [asked["request_id"], step["request_id"]]
    assert ("accept", "recorded", "order.accepted") == (
        step["action"],
        step["status"],
        step["comes_to"],
    )
    assert asked["order_request"] == step["order_request"]
    assert step["order_request"] in [
        one.get("request_id") for one in await in_play.api.events(in_play.order, in_play.seller)
    ]
