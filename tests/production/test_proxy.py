"""The example of a proxy: what may be repeated is asked again at another API, and nothing else."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from embedded.data_directory import DataDirectory
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.supervisor import Supervisor
from tests.certificates import self_signed
from tests.production import servers

KEY = {"Idempotency-Key": "one"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
EVENT = b"id: 1\ndata: {}\n\n"
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n"
    b"Connection: close\r\n\r\n" + EVENT
)


@dataclass
class Upstream:
    """An API that reads a request and answers so; with nothing, it hangs up. `ends` is when."""

    answer: bytes
    asked: list[str] = field(default_factory=list)
    port: int = 0
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """At first it ends an answer at once."""
        self.ends.set()

    async def take(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read one request and answer it."""
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.answer)
        await self.ends.wait()
        writer.close()


@dataclass(frozen=True)
class Proxied:
    """nginx before one API that hangs up and one that answers."""

    client: httpx.AsyncClient
    bad: Upstream
    good: Upstream

    async def ask_the_bad_one(self, method: str, headers: dict[str, str]) -> httpx.Response:
        """The answer to a request that comes to the API first which hangs up: both have turns, but
        that it is left alone for two seconds after it did."""
        async with asyncio.timeout(30):
            while True:
                before = len(self.bad.asked)
                answer = await self.client.request(method, "/v1/orders", headers=headers)
                if len(self.bad.asked) > before:
                    return answer
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _listening(upstream: Upstream) -> AsyncIterator[Upstream]:
    server = await asyncio.start_server(upstream.take, LOOPBACK, 0)
    upstream.port = server.sockets[0].getsockname()[1]
    yield upstream
    server.close()


@pytest.fixture(scope="module")
async def proxied(passable: Path) -> AsyncIterator[Proxied]:
    """The example with places of this machine."""
    if servers.nginx_path() is None:
        pytest.skip("nginx is not here: make production brings it")
    directory = DataDirectory.at(passable / "proxied")
    with directory.held():
        chain = directory.path / "tls.pem"
        self_signed(chain, x509.IPAddress(ip_address(LOOPBACK)))
        async with (
            _listening(Upstream(b"")) as bad,
            _listening(Upstream(OK)) as good,
            _nginx_before(directory, chain, bad, good) as client,
        ):
            yield Proxied(client, bad, good)


@asynccontextmanager
async def _nginx_before(
    directory: DataDirectory, chain: Path, bad: Upstream, good: Upstream
) -> AsyncIterator[httpx.AsyncClient]:
    (port,) = claim_ports(Port(0, "proxy", ""))
    supervisor, listens = Supervisor(directory, print), f"{LOOPBACK}:{port}"
    apis = {"api-1": f"{LOOPBACK}:{bad.port}", "api-2": f"{LOOPBACK}:{good.port}"}
    configured = servers.configuration(listens, apis, chain)
    trusted = ssl.create_default_context(cafile=str(chain))
    async with httpx.AsyncClient(
        base_url=f"https://{listens}", verify=trusted, trust_env=False
    ) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/")).is_success
            except httpx.HTTPError:
                return False

        try:
            await supervisor.start(servers.proxy(directory, configured, answers))
            yield client
        finally:
            await supervisor.stop()


@pytest.mark.parametrize(
    ("method", "headers"), [("GET", {}), ("PUT", {}), ("DELETE", {}), ("POST", KEY), ("PATCH", KEY)]
)
async def test_what_may_be_repeated_is_asked_at_the_other_api(
    method: str, headers: dict[str, str], proxied: Proxied
) -> None:
    before = len(proxied.good.asked)
    answer = await proxied.ask_the_bad_one(method, headers)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert len(proxied.good.asked) > before


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_might_be_done_twice_is_not(method: str, proxied: Proxied) -> None:
    answer = await proxied.ask_the_bad_one(method, {})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


async def test_an_api_is_told_who_asks_and_by_what_name(proxied: Proxied) -> None:
    said = {"Host": "orders.example.org", "X-Forwarded-For": "203.0.113.9"}
    (await proxied.client.get("/v1/orders", headers=said)).raise_for_status()
    lines = proxied.good.asked[-1].splitlines()
    assert "Host: orders.example.org" in lines
    assert [line for line in lines if line.startswith("X-Forwarded-For")] == [
        f"X-Forwarded-For: {LOOPBACK}"
    ]


async def test_a_stream_passes_as_it_comes(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxied.good, "answer", STREAM)
    proxied.good.ends.clear()
    async with (
        asyncio.timeout(30),
        proxied.client.stream("GET", "/v1/orders/one/stream") as answer,
    ):
        heard = b""
        async for piece in answer.aiter_raw():
            heard += piece
            if EVENT in heard:  # and the API goes on
                proxied.good.ends.set()
    assert heard.endswith(EVENT)


def test_a_place_that_is_not_in_the_example_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="api-3"):
        servers.configuration("127.0.0.1:1", {"api-3": "127.0.0.1:2"}, tmp_path)
