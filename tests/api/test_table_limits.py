"""A table is as long as its list, holds little of it at a time, and never looks whole where it is
not."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from api import paging
from api.auth.tokens import BadToken, Caller, Verifier
from api.guard.held_bytes import TABLE_BYTES
from api.problems import not_found
from db import service_listing
from db.errors import Unavailable
from db.pool import connection
from tests.api.assertions import code
from tests.api.test_stuck_readers import (
    PATIENCE,
    asking,
    held_up,
    is_gone,
    open_connections,
    serving,
)
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Person,
    eventually,
    somebody,
)

MANY, LONG = 20_000, 900
MOST_BYTES = 12 * 1024 * 1024
CSV = {"Accept": "text/csv"}


async def offered(app: AppUnderTest, number: int, length: int = 10) -> Person:
    """A seller of so many services, with descriptions of so many letters."""
    seller = somebody("seller")
    async with connection(app.pool) as acquired:
        await acquired.execute(
            "INSERT INTO services (id, seller_id, title, description, price, currency,"
            " delivery_time, revision_time, created_at) SELECT gen_random_uuid(), $1, 'A logo',"
            " repeat('x', $3), 2000, 'EUR', '3 days', '3 days', now() - n * interval '1 second'"
            " FROM generate_series(1, $2) AS n",
            seller.id,
            number,
            length,
        )
    return seller


def listing(seller: Person) -> str:
    return f"/v1/services?seller_id={seller.id}"


@asynccontextmanager
async def many_endpoints(app: AppUnderTest) -> AsyncIterator[None]:
    """While the block lasts, there are `MANY` with long addresses that are told nothing."""
    owner = await asyncpg.connect(app.database_url)
    await owner.execute(
        "INSERT INTO webhook_endpoints (id, url, secret, created_by, disabled_at, created_at)"
        " SELECT gen_random_uuid(), 'https://marketplace.example/' || repeat('x', $2), 'none',"
        " 'many', now(), now() - n * interval '1 second' FROM generate_series(1, $1) AS n",
        MANY,
        LONG,
    )
    try:
        yield
    finally:
        await owner.execute("DELETE FROM webhook_endpoints WHERE created_by = 'many'")
        await owner.close()


async def test_a_long_list_takes_no_more_memory_than_a_short_one(app: AppUnderTest) -> None:
    """Server and client are both in this process, and neither keeps what is gone."""
    lines = size = 0
    async with many_endpoints(app):
        tracemalloc.start()
        try:
            async with reading(app.api, "/v1/webhook-endpoints", OPERATOR) as answer:
                async for piece in answer.aiter_bytes():
                    lines, size = lines + piece.count(b"\r\n"), size + len(piece)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert lines > MANY
    assert most < MOST_BYTES < size


def reading(api: ApiClient, path: str, who: Person) -> AbstractAsyncContextManager[httpx.Response]:
    return api.client.stream("GET", path, headers=who.headers | CSV)


Failing = Callable[..., Awaitable[Any]]


def failing_after(parts: int, error: Exception, work: Failing) -> Failing:
    """The same, for so many parts."""
    asked = 0

    async def some(*given: Any, **named: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > parts:
            raise error
        return await work(*given, **named)

    return some


async def taken(api: ApiClient, seller: Person) -> str:
    """What comes of a table that does not come to its end."""
    found: list[str] = []
    with capture_logs() as logged, pytest.raises(httpx.TransportError):
        await take(api, seller, found)
    # The worker beside it may tell of what is no list.
    errors = [one for one in logged if one["log_level"] == "error" and "list" in one]
    assert ["services"] == [one["list"] for one in errors]
    return "".join(found)


async def take(api: ApiClient, seller: Person, found: list[str]) -> None:
    async with reading(api, listing(seller), seller) as answer:
        assert 200 == answer.status_code
        async for piece in answer.aiter_text():
            found.append(piece)


@pytest.mark.parametrize(
    "error", [Unavailable("gone"), ValueError("odd"), not_found("list")], ids=["away", "bug", "no"]
)
async def test_what_cannot_be_brought_to_its_end_does_not_look_whole(
    error: Exception, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await offered(app, 3)
    monkeypatch.setattr(paging, "PART_BYTES", 1)
    monkeypatch.setattr(service_listing, "page", failing_after(2, error, service_listing.page))
    assert (await taken(app.api, seller)).count("\r\n") <= 3


async def test_it_does_not_to_a_reader_of_http_1_0_either(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To whom the end of the connection is that of the answer."""
    seller = await offered(app, 3)
    monkeypatch.setattr(paging, "PART_BYTES", 1)
    monkeypatch.setattr(
        service_listing, "page", failing_after(2, Unavailable("gone"), service_listing.page)
    )
    base = app.api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(asked(seller).replace(b"HTTP/1.1", b"HTTP/1.0"))
    try:
        with pytest.raises(ConnectionResetError):
            await reader.read()
    finally:
        writer.transport.abort()


def asked(seller: Person) -> bytes:
    lines = [f"GET {listing(seller)} HTTP/1.1", "Host: a"]
    lines += [f"{name}: {value}" for name, value in (seller.headers | CSV).items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def test_a_table_ends_with_the_token_that_it_was_asked_with(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await offered(app, 5)
    monkeypatch.setattr(paging, "PART_BYTES", 1)
    verify, known = Verifier.verify, 0

    async def for_a_while(verifier: Verifier, token: str) -> Caller:
        nonlocal known
        known += 1
        if known > 2:
            raise BadToken("it has expired")
        return await verify(verifier, token)

    monkeypatch.setattr(Verifier, "verify", for_a_while)
    assert (await taken(app.api, seller)).count("\r\n") <= 3


async def test_nothing_is_looked_up_for_who_has_left(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 2_000
    seller = await offered(app, number, LONG)
    monkeypatch.setattr(paging, "PART_BYTES", 1)
    looked_up = 0
    page = service_listing.page

    async def counted(*given: Any, **named: Any) -> Any:
        nonlocal looked_up
        looked_up += 1
        return await page(*given, **named)

    monkeypatch.setattr(service_listing, "page", counted)
    async with app.with_settings() as api:
        async with asking(api, asked(seller)):
            await held_up(api)
        assert api.server is not None
        tasks = api.server.server_state.tasks
        await eventually(lambda: nothing_in(tasks))
    assert 0 < looked_up < number


async def nothing_in(tasks: set[Any]) -> bool:
    return not tasks


async def test_who_takes_nothing_of_it_is_hung_up_on(app: AppUnderTest) -> None:
    seller = await offered(app, 2_000, LONG)
    async with app.with_settings(stream_patience=PATIENCE) as api, asking(api, asked(seller)):
        stuck = await held_up(api)
        assert await eventually(lambda: is_gone(api, stuck))


async def test_what_is_not_taken_of_it_is_held(app: AppUnderTest) -> None:
    seller, calm = await offered(app, 2_000, LONG), somebody("calm")
    async with app.with_settings(max_held_bytes=TABLE_BYTES * 3 // 2) as api:
        async with asking(api, asked(seller)):
            await held_up(api)
            refused = await api.get(listing(seller), seller, **CSV)
            assert (429, "rate-limited") == code(refused)
            assert 200 == (await api.get("/v1/orders", seller)).status_code
            assert 200 == (await api.get(listing(calm), calm, **CSV)).status_code
        again = await eventually(
            lambda: api.get(listing(calm), seller, **CSV), lambda got: got.status_code == 200
        )
        assert again.text.count("\r\n") == 1


class InParts:
    """Answers in parts, none of which fits into a socket."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/csv")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(2):
            part = b"x" * 2_000_000
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def test_each_part_has_as_long_as_a_whole_answer() -> None:
    async with serving(InParts()) as served, asking(served, b"GET / HTTP/1.0\r\n\r\n") as slow:
        stuck = await held_up(served)
        ends = [stuck._answer_until]
        loop, found = asyncio.get_running_loop(), 0
        while piece := await loop.sock_recv(slow, 2**16):
            found += len(piece)
            if stuck._answer_until not in (None, *ends):
                ends.append(stuck._answer_until)
        assert 4_000_000 < found
        assert 2 == len(ends)
        assert stuck not in open_connections(served)
