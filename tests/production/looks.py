"""What is seen of the production shape: confinement, logins, TLS, tokens and streams."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.api.forged import forged
from tests.api.provider import rsa, token
from tests.app_under_test import OPERATOR, OrderInPlay, eventually, place_order
from tests.contract import BODIES
from tests.production.commands import Failed
from tests.production.counted import counted_apart, counted_together
from tests.production.shape import Shape

USER = "10001"
OWNERS = ("OWNER_PASSWORD", "POSTGRES_PASSWORD")
Look = Callable[[Shape], Coroutine[Any, Any, None]]


async def confined(shape: Shape) -> None:
    """Every container runs as its own user, without capabilities, on a root that is read-only."""
    for name in [*shape.hosts, *shape.workers]:
        for pid in _tree(shape.containers.pids()[name]):
            said = dict(_status(pid))
            found = said["Uid"].split()[0], int(said["CapEff"], 16), said["NoNewPrivs"]
            _must(found == (USER, 0, "1"), f"{name} runs as {found}")
        written = await shape.containers.inside(
            name, "python", "-c", "open('/opt/sequestre/x', 'w')"
        )
        _must("Read-only file system" in written.said, f"{name} can write: {written.said[-200:]}")
        scratch = await shape.containers.inside(name, "python", "-c", "open('/tmp/x', 'w')")
        _must(scratch.code == 0, f"{name} has no place for scratch: {scratch.said[-200:]}")


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _tree(int(child)))]


def _status(pid: int) -> list[tuple[str, str]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [(name, said.strip()) for name, _, said in (line.partition(":") for line in lines)]


async def logged_in(shape: Shape) -> None:
    """API and workers log in over TCP as the service, which may not do what the owner may."""
    connection = await asyncpg.connect(shape.place.database_url)
    try:
        rows = await connection.fetch(
            "SELECT DISTINCT usename, client_addr IS NOT NULL AS tcp FROM pg_stat_activity"
            " WHERE application_name = 'sequestre'"
        )
    finally:
        await connection.close()
    found = [tuple(row) for row in rows]
    _must(found == [("sequestre_service", True)], f"the database is used by {found}")


async def knows_secrets(shape: Shape) -> None:
    """No process that runs on holds the owner's password, nor a worker whose tokens are good."""
    for name in [*shape.hosts, *shape.workers]:
        described = await shape.containers.described(name)
        known = dict(one.split("=", 1) for one in described["Config"]["Env"])
        owner = shape.containers.compose.environment("migrate")["PGPASSWORD"]
        _must(owner not in known.values(), f"{name} has the password of the schema's owner")
        told = {one for one in known if "JW" in one}
        _must(bool(told) == (name in shape.hosts), f"{name} is told of tokens: {told}")


async def speaks_tls(shape: Shape) -> None:
    """The proxy shows a certificate that holds, speaks no plain HTTP, and says who asked."""
    async with httpx.AsyncClient(verify=ssl.create_default_context(), trust_env=False) as stranger:
        try:
            await stranger.get(f"{shape.api.client.base_url}/v1/health/live")
        except httpx.ConnectError:
            pass
        else:
            raise Failed("who does not trust the run's own certificate is answered")
        plain = await stranger.get(f"http://{shape.network.proxy}:443/v1/health/live")
    _must(plain.status_code == 400, f"plain HTTP is answered with {plain.status_code}")


async def believes(shape: Shape) -> None:
    """Tokens of the provider's key are believed, and no others."""
    (await shape.api.get("/v1/orders", OPERATOR)).raise_for_status()
    others = {**forged(), "another key": f"Bearer {token(rsa('one'), sub='olga')}"}
    for what, header in others.items():
        said = {"Authorization": header} if header else {}
        answer = await shape.api.client.get("/v1/orders", headers=said)
        _must(answer.status_code == 401, f"a token with {what} got {answer.status_code}")


async def streams(shape: Shape) -> None:
    """A reader at the proxy hears each event as it happens, and resumes at another API when the one
    that it read from is replaced, without a gap or a double."""
    order = await place_order(shape.api)
    heard: list[int] = []
    for action, who, body in (
        ("accept", order.seller, None),
        # Nothing here has a window that could pass meanwhile.
        ("request_offer", order.buyer, BODIES["request_offer"]),
        ("request_offer", order.buyer, BODIES["request_offer"]),
    ):
        async with _listening(shape, order, heard):
            before = len(heard)
            await order.act(action, who, body)
            await eventually(_longer_than(heard, before))
        await shape.containers.restart("api-1")
        await shape.serves("api-1")
    _must(heard == [1, 2, 3, 4], f"a stream told the events {heard}")


def _longer_than(heard: list[int], count: int) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def look() -> bool:
        return len(heard) > count

    return look


@asynccontextmanager
async def _listening(shape: Shape, order: OrderInPlay, heard: list[int]) -> AsyncIterator[None]:
    reading = asyncio.create_task(_hear(shape, order, heard))
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _hear(shape: Shape, order: OrderInPlay, heard: list[int]) -> None:
    url = f"/v1/orders/{order.order['id']}/stream"
    last = {"Last-Event-ID": str(heard[-1])} if heard else {}
    headers = shape.api.signed(order.buyer) | last
    async with shape.api.client.stream("GET", url, headers=headers) as answer:
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                heard.append(json.loads(value))


async def counted(shape: Shape) -> None:
    """What is a process's own and what is everybody's is as documented."""
    await counted_apart(shape)
    await counted_together(shape)


async def proves(shape: Shape) -> None:
    """`check`, run from the image as the compose file says it is run, finds nothing."""
    code, said = await shape.containers.once("api", command=["check"])
    _must(code == 0, f"check ended with {code}:\n{said}")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failed(otherwise)


FIRST: dict[str, Look] = {
    "each runs as user 10001, without capabilities, on a read-only root": confined,
    "all log in over TCP as the restricted login": logged_in,
    "none knows a secret that it has no use for": knows_secrets,
    "the proxy speaks TLS and nothing else": speaks_tls,
    "tokens of the provider are believed, and no others": believes,
}
LAST: dict[str, Look] = {
    "streams pass the proxy at once, and go on at another API": streams,
    "a rate counts in each API process, attempts at an order in both together": counted,
    "`check`, run from the image, finds nothing": proves,
}
"""After the rounds, which know all orders that there are."""
