"""`sequestre bench`: what an order costs, measured on the real stack; figures of one run only."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import httpx
import typer
from rich.table import Table

from api.auth.tokens import Authority
from cli.configured import check_embedded
from cli.embedded import embedded_stack
from cli.stories.world import MARKETPLACE, Json, World
from cli.terminal import Terminal
from db.migrate import migrate
from embedded.abandoned import temporary_data_directory
from embedded.stack_file import StackInfo
from infra import temporal
from workflows.order import workflow_id

STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (?P<sql>.*)")
BACKGROUND = (
    "UPDATE requests r SET next_signal",
    "WITH missing AS (SELECT order_id FROM listed_orders",
    "WITH forgotten AS (DELETE FROM worker_heartbeats",
    "SELECT order_id, seq, array_agg(id)",
    "SELECT 1",
)
"""What relay, listener and heartbeat say all the time, whatever orders do."""

WITHOUT_LIMITS = {"SEQUESTRE_RATE_LIMIT": "0", "SEQUESTRE_MAX_IN_FLIGHT": "0"}
"""Two people do what a whole marketplace would."""

ANA, BEN = ("ana", Authority.USER), ("ben", Authority.USER)
SERVICE = {
    "title": "A logo for your shop",
    "price": {"amount": 2000, "currency": "EUR"},
    "delivery_time": "P3D",
}
LIFE: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("accept", BEN, {}),
    ("deliver", BEN, {"message": "Here."}),
    ("request_revision", ANA, {"reason": "Bluer."}),
    ("refuse_revision", BEN, {"ground": "vague", "reason": "How blue?"}),
    ("complete", ANA, {}),
)


def bench(
    lives: Annotated[int, typer.Option(min=1, help="Whole order lives to measure.")] = 40,
    at_once: Annotated[int, typer.Option(min=1, help="How many run at the same time.")] = 16,
) -> None:
    """Measure whole order lives: history events, SQL statements, and how lives at once compare
    with lives one after the other."""
    check_embedded(WITHOUT_LIMITS)
    asyncio.run(_bench(Terminal(), lives, at_once))


async def _bench(console: Terminal, lives: int, at_once: int) -> None:
    began = time.perf_counter()
    async with (
        temporary_data_directory("sequestre-bench-") as data_dir,
        embedded_stack()(
            data_dir,
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=migrate,
            extra_env=WITHOUT_LIMITS,
        ) as stack,
    ):
        start = time.perf_counter() - began
        async with _stage(stack, at_once) as stage:
            service = await stage.ask("POST", "/v1/services", BEN, SERVICE)
            await _life(stage, service)
            one_by_one = await _timed(stage, service, lives, 1)
            together = await _timed(stage, service, lives, at_once)
            statements = await _statements(stack, stage, service)
            events = await _events(stack, await _life(stage, service))
    table = Table("measured", "value")
    table.add_row("start of the stack", f"{start:.1f} s")
    table.add_row("history events a life", str(events))
    table.add_row("SQL statements a life", str(statements))
    table.add_row("lives a second, one by one", f"{one_by_one:.1f}")
    table.add_row(f"lives a second, {at_once} at once", f"{together:.1f}")
    table.add_row("at once : one by one", f"{together / one_by_one:.1f}")
    console.print(table)


@asynccontextmanager
async def _stage(stack: StackInfo, at_once: int) -> AsyncIterator[World]:
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(
        base_url=stack.api_url, timeout=60, trust_env=False, limits=limits
    ) as client:
        stage = World(client, stack.jwt_secret)
        body = {"amount": 1_000_000_000, "currency": "EUR"}
        await stage.ask("POST", "/v1/wallets/ana/top-ups", MARKETPLACE, body)
        yield stage


async def _life(stage: World, service: Json) -> str:
    """Play an order's whole life, and return its id."""
    body = {"service_id": service["id"], "brief": "A blue fish."}
    order = await stage.ask("POST", "/v1/orders", ANA, body)
    for action, who, fields in LIFE:
        await stage.ask("POST", f"/v1/orders/{order['id']}/actions/{action}", who, fields or None)
    return str(order["id"])


async def _timed(stage: World, service: Json, lives: int, at_once: int) -> float:
    gate = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            await _life(stage, service)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(lives)))
    return lives / (time.perf_counter() - began)


async def _statements(stack: StackInfo, stage: World, service: Json) -> int:
    """Count those of one life, without idempotency keys' own, in PostgreSQL's log."""
    log = stack.data_dir / "logs" / "postgres.log"
    connection = await asyncpg.connect(stack.database_url)
    await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
    await connection.execute("SELECT pg_reload_conf()")
    while await connection.fetchval("SHOW log_statement") != "all":
        await asyncio.sleep(0.05)
    before = log.stat().st_size
    await _life(stage, service)
    await connection.close()
    with log.open(encoding="utf-8") as lines:
        lines.seek(before)
        said = [found["sql"] for line in lines if (found := STATEMENT.search(line))]
    return sum(not sql.startswith(BACKGROUND) for sql in said)


async def _events(stack: StackInfo, order_id: str) -> int:
    client = await temporal.connect(
        target_host=stack.temporal_address, namespace=stack.temporal_namespace
    )
    handle = client.get_workflow_handle(workflow_id(order_id))
    await handle.result()
    return len((await handle.fetch_history()).events)
