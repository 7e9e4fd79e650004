"""How much memory the requests and answers of one caller take, and that others go on."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api.auth.tokens import Verifier
from api.guard.held_bytes import HeldBytes
from infra.settings import Settings
from tests.api.assertions import code
from tests.api.test_stuck_readers import asking, held_up, large_for
from tests.app_under_test import SECRET, ApiClient, AppUnderTest, Person, eventually, somebody

LIMITED = (429, "rate-limited")
MOST = 10_000
HALF = b"x" * 6_000


@pytest.fixture(scope="module")
async def frugal(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API that keeps little for a caller."""
    async with app.with_settings(max_held_bytes=MOST) as api:
        yield api


async def begin(api: ApiClient, who: Person) -> asyncio.StreamWriter:
    """A request of which more than half of what its sender may have has come, and not the end."""
    base = api.client.base_url
    head = (
        f"POST /v1/services HTTP/1.1\r\nHost: a\r\nContent-Length: {2 * len(HALF)}\r\n"
        f"Authorization: {who.headers['Authorization']}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(head.encode() + HALF)
    return writer


async def bulky(api: ApiClient, who: Person) -> httpx.Response:
    return await api.call("POST", "/v1/services", who, {"title": HALF.decode()})


async def test_bodies_that_are_under_way_have_a_limit_together(frugal: ApiClient) -> None:
    busy = somebody("busy")
    writer = await begin(frugal, busy)
    refused = await eventually(lambda: bulky(frugal, busy), lambda got: got.status_code == 429)
    assert (LIMITED, "1") == (code(refused), refused.headers["Retry-After"])
    assert f"may have {MOST} bytes at once" in refused.json()["detail"]
    assert 422 == (await bulky(frugal, somebody("calm"))).status_code
    writer.transport.abort()
    await eventually(lambda: bulky(frugal, busy), lambda got: got.status_code == 422)


async def test_answers_that_are_not_taken_count(frugal: ApiClient) -> None:
    busy = somebody("busy")
    path = "/v1/openapi.json"
    async with asking(frugal, large_for(busy)):
        await held_up(frugal)
        assert LIMITED == code(await frugal.get(path, busy))
        assert 200 == (await frugal.get(path, somebody("calm"))).status_code
    await eventually(lambda: frugal.get(path, busy), lambda got: got.status_code == 200)


# --- by itself ----------------------------------------------------------------------------------


class Reader:
    """Sends a body and takes an answer, the latter only when told to."""

    def __init__(self, body: bytes = b"") -> None:
        self.body = body
        self.status: int | None = None
        self.takes = asyncio.Event()

    async def receive(self) -> Message:
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        if message["type"] == "http.response.body":
            await self.takes.wait()


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await Response(b"x" * 60)(scope, receive, send)


@pytest.fixture
def limited() -> HeldBytes:
    settings: Settings = Settings.model_validate({"database_url": "x://", "jwt_secret": SECRET})
    return HeldBytes(_answer, Verifier(settings), most=100)


def ask(limited: HeldBytes, reader: Reader, method: str = "GET") -> asyncio.Task[None]:
    scope: Scope = {"type": "http", "method": method, "path": "/", "headers": [], "client": None}
    return asyncio.ensure_future(limited(scope, reader.receive, reader.send))


async def status(reader: Reader) -> int:
    async def known() -> int | None:
        return reader.status

    found = await eventually(known)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GET", b"", 429),
        ("HEAD", b"", 429),
        ("POST", b"", 200),  # it has changed something, and says what
        ("PUT", b"x" * 40, 200),
        ("PUT", b"x" * 41, 429),
    ],
)
async def test_what_another_answer_leaves_room_for(
    limited: HeldBytes, method: str, body: bytes, expected: int
) -> None:
    first, second = Reader(), Reader(body)
    waiting = ask(limited, first)
    assert 200 == await status(first)
    also = ask(limited, second, method)
    assert expected == await status(second)
    first.takes.set()
    second.takes.set()
    await asyncio.gather(waiting, also)
    assert 0 == len(limited)


async def test_who_has_nothing_else_under_way_may_have_more(limited: HeldBytes) -> None:
    reader = Reader(b"x" * 1_000)
    reader.takes.set()
    await ask(limited, reader, "POST")
    assert (200, 0) == (reader.status, len(limited))
