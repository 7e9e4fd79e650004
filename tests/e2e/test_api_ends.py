"""`sequestre api` is told to end: streams end, requests under way are answered."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import psutil

from tests.app_under_test import SECRET, SECRETS_KEY, ApiClient, AppUnderTest, eventually, somebody
from tests.e2e.conftest import COMMAND

UNDECIDED = "SELECT count(*) FROM requests WHERE order_id::text = $1 AND outcome IS NULL"
LONGEST_WAIT = "60"


@asynccontextmanager
async def api_process(
    app: AppUnderTest,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, ApiClient]]:
    """A process of its own on the app's database and Temporal."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "api",
        env={
            **os.environ,
            "SEQUESTRE_DATABASE_URL": app.database_url,
            "SEQUESTRE_JWT_SECRET": SECRET,
            "SEQUESTRE_SECRETS_KEY": SECRETS_KEY,
            "SEQUESTRE_PORT": "0",
            "SEQUESTRE_ACTION_WAIT": LONGEST_WAIT,
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{await eventually(lambda: _port(process))}"
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            yield process, ApiClient(client)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _port(process: asyncio.subprocess.Process) -> int | None:
    assert process.returncode is None, "sequestre api has ended"
    sockets = psutil.Process(process.pid).net_connections(kind="tcp")
    return next((one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN), None)


async def test_an_open_stream_ends_cleanly_and_the_process_with_it(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    seen = []
    async with api_process(app) as (process, api):
        path = f"/v1/orders/{in_play.order['id']}/stream"
        async with api.client.stream("GET", path, headers=in_play.buyer.headers) as answer:
            async for line in answer.aiter_lines():  # one that is broken off raises here
                if line.startswith("data: "):
                    seen.append(json.loads(line.removeprefix("data: "))["seq"])
                    process.send_signal(signal.SIGTERM)
        assert await process.wait() == -signal.SIGTERM
    assert seen == [1]


async def test_who_waits_for_a_decision_is_answered(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    async with app.worker_away(), api_process(app) as (process, api):
        acting = asyncio.create_task(api.act(in_play.order, "accept", in_play.seller))
        await eventually(lambda: app.pool.fetchval(UNDECIDED, in_play.order["id"]))
        process.send_signal(signal.SIGTERM)
        assert (await acting).status_code == httpx.codes.ACCEPTED
        assert await process.wait() == -signal.SIGTERM


HALF_SENT = {
    "one byte of a hundred": b"Content-Length: 100\r\n\r\n{",
    "none of a hundred": b"Content-Length: 100\r\n\r\n",
    "half a chunk": b"Transfer-Encoding: chunked\r\n\r\n64\r\n{",
    "a chunk and no end": b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "asked for first": b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
}


async def test_who_has_sent_half_a_body_is_not_waited_for(app: AppUnderTest) -> None:
    """In either case the answer says that nothing changed; it is not the one of who was cancelled
    when all patience was over."""
    buyer = somebody("buyer")
    async with api_process(app) as (process, api), AsyncExitStack() as stack:
        readers = []
        for rest in HALF_SENT.values():
            url = api.client.base_url
            reader, writer = await asyncio.open_connection(url.host, url.port)
            stack.callback(writer.close)
            writer.write(b"POST /v1/services HTTP/1.1\r\nHost: here\r\n")
            writer.write(f"Authorization: {buyer.headers['Authorization']}\r\n".encode())
            writer.write(b"Content-Type: application/json\r\n" + rest)
            await writer.drain()
            readers.append(reader)
        # One that is answered on a connection of its own, after all of these were taken.
        assert (await api.get("/v1/me", buyer)).status_code == httpx.codes.OK
        process.send_signal(signal.SIGTERM)
        answers = [await reader.read() for reader in readers]
        assert await process.wait() == -signal.SIGTERM
    for answer in answers:
        assert b"HTTP/1.1 503" in answer
        assert b"the rest of this request had not come" in answer
