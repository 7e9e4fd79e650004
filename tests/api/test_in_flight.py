"""How many requests of one caller are under way at the same time, and that others go on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from api.auth.tokens import Verifier
from api.guard.in_flight import ConcurrencySlots, InFlight
from api.guard.rate_limit_identity import Kind, RateLimitIdentity
from infra.settings import Settings
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.app_under_test import SECRET, ApiClient, AppUnderTest, Json, Person, eventually, somebody

LIMITED = (429, "rate-limited")
MOST, STREAMS = 3, 2


@pytest.fixture(scope="module")
async def narrow(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API where a caller has few requests under way."""
    async with app.with_settings(max_in_flight=MOST, max_streams=STREAMS) as api:
        yield api


@asynccontextmanager
async def unfinished(api: ApiClient, who: Person) -> AsyncIterator[None]:
    """A request whose body does not come, until the block ends and its caller is gone."""
    base = api.client.base_url
    token = who.headers["Authorization"]
    head = f"POST /v1/services HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\nContent-Length: 9"
    _reader, writer = await asyncio.open_connection(base.host, base.port)
    try:
        writer.write(head.encode() + b"\r\n\r\n")
        yield
    finally:
        writer.transport.abort()


async def status(api: ApiClient, who: Person) -> int:
    return (await api.get("/v1/wallet", who)).status_code


async def until(api: ApiClient, who: Person, expected: int) -> None:
    """Waits until a short request is answered so."""
    await eventually(lambda: status(api, who), lambda found: found == expected)


async def test_who_has_too_many_under_way_is_told_the_limit(narrow: ApiClient) -> None:
    busy, calm = somebody("busy"), somebody("calm")
    async with AsyncExitStack() as open_requests:
        for _ in range(MOST):
            await open_requests.enter_async_context(unfinished(narrow, busy))
        await until(narrow, busy, 429)
        answer = await narrow.get("/v1/wallet", busy)
        assert (LIMITED, "1") == (code(answer), answer.headers["Retry-After"])
        assert "You may have 3 requests under way at once" in answer.json()["detail"]
        assert 200 == await status(narrow, calm)
    await until(narrow, busy, 200)


async def test_many_at_once_harm_nobody_else(narrow: ApiClient) -> None:
    busy = somebody("busy")
    flood = [asyncio.create_task(narrow.get("/v1/services", busy)) for _ in range(60)]
    assert 200 == await status(narrow, somebody("calm"))
    got = {one.status_code for one in await asyncio.gather(*flood)}
    assert got <= {200, 429}
    assert 200 == await status(narrow, busy)


@asynccontextmanager
async def streaming(api: ApiClient, order: Json, who: Person) -> AsyncIterator[httpx.Response]:
    url = f"/v1/orders/{order['id']}/stream"
    async with api.client.stream("GET", url, headers=who.signed(SECRET)) as answer:
        yield answer


async def test_streams_have_a_limit_of_their_own(narrow: ApiClient, order_in: OrderIn) -> None:
    in_play = await order_in("pending")

    async def another() -> int:
        async with streaming(narrow, in_play.order, in_play.buyer) as answer:
            return answer.status_code

    async with AsyncExitStack() as streams:
        for _ in range(STREAMS):
            await streams.enter_async_context(streaming(narrow, in_play.order, in_play.buyer))
        assert 429 == await another()
        assert 200 == await status(narrow, in_play.buyer)
    await eventually(another, lambda found: found == 200)


async def test_zero_is_no_limit(app: AppUnderTest) -> None:
    async with AsyncExitStack() as open_requests:
        who = somebody("busy")
        for _ in range(60):
            await open_requests.enter_async_context(unfinished(app.api, who))
        assert 200 == await status(app.api, who)


# --- places ----------------------------------------------------------------------------------

ANA = RateLimitIdentity(Kind.USER, "ana")


@contextmanager
def full(sender: RateLimitIdentity, times: int) -> Iterator[ConcurrencySlots]:
    places = ConcurrencySlots("requests", 2)
    with ExitStack() as taken:
        for _ in range(times):
            assert places.refusal(sender) is None
            taken.enter_context(places.taken_by(sender))
        yield places
    assert 0 == len(places)


@pytest.mark.parametrize(
    ("sender", "most"),
    [
        (ANA, 2),
        (RateLimitIdentity(Kind.ADDRESS, "::1"), 2),
        (RateLimitIdentity(Kind.MACHINE, "ana"), 20),
    ],
    ids=str,
)
def test_each_sender_has_so_many(sender: RateLimitIdentity, most: int) -> None:
    with full(sender, most) as places:
        refusal = places.refusal(sender)
        assert refusal is not None
        assert refusal.detail.startswith(f"You may have {most} requests at once")
        assert places.refusal(RateLimitIdentity(sender.kind, "ben")) is None


async def test_a_request_that_fails_gives_its_place_back() -> None:
    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    settings: Settings = Settings.model_validate({"database_url": "x://", "jwt_secret": SECRET})
    limited = InFlight(failing, Verifier(settings), most=1, most_streams=1)
    scope: Scope = {"type": "http", "path": "/v1/orders/x/stream", "headers": [], "client": None}
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await limited(scope, None, None)  # type: ignore[arg-type]
