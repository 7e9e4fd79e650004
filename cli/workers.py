"""`sequestre workers`: who carries out orders, by the builds that Temporal tells apart."""

import asyncio

import typer
from rich.markup import escape
from temporalio.client import Client

from cli.findings import WRONG
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, StackConnection, reached, stack_connection
from cli.terminal import Terminal, shown
from db import worker_heartbeats
from db.pool import Pool, connection
from domain.operator_text import counted
from infra.routing import Crew, all_served, crews
from infra.worker_version import in_words

RIGHT = "[green]✓[/green]"


def workers(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Say which workers carry out orders, and which share each build is given.

    Exit code 0 where there is a worker for every order, 1 where there is not, 2 where nobody can
    tell.
    """
    if not asyncio.run(_told(stack_connection(data_dir))):
        raise typer.Exit(1)


async def _told(where: StackConnection) -> bool:
    async with reached(where) as (pool, client):
        return await tell(Terminal(), pool, client)


async def tell(console: Terminal, pool: Pool, client: Client) -> bool:
    """Print a line for each crew, those with the largest share first; return whether there is a
    worker for every order.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    found = await crews(client)
    async with connection(pool) as acquired:
        alive = await worker_heartbeats.lately_alive(acquired)
    for crew in sorted(found, key=lambda one: -one.percent):
        console.say(_line(crew, crew.working(alive)))
    return all_served(found, alive)


def _line(crew: Crew, working: int) -> str:
    name, there = escape(shown(in_words(crew.version))), counted(working, "worker")
    if not crew.percent:
        return f"- {name}: given no orders, {there}"
    mark = RIGHT if working else WRONG
    return f"{mark} {name}: given {crew.percent:g} % of the orders, {there}"
