"""`sequestre workers`: who carries out orders, by the builds that Temporal tells apart."""

import asyncio
from collections.abc import Collection, Sequence

import typer
from rich.markup import escape

from cli.findings import WRONG
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, StackConnection, reached, stack_connection
from cli.terminal import Terminal
from db import worker_heartbeats
from db.pool import connection
from domain.operator_text import counted
from infra.routing import Crew, all_served, crews
from infra.worker_version import in_words

RIGHT = "[green]✓[/green]"


def workers(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Say which workers carry out orders, and which share each build is given.

    Exit code 0 where there is a worker for every order, 1 where there is not, 2 where nobody can
    tell.
    """
    found, alive = asyncio.run(_seen(stack_connection(data_dir)))
    tell(Terminal(), found, alive)
    if not all_served(found, alive):
        raise typer.Exit(1)


async def _seen(where: StackConnection) -> tuple[list[Crew], frozenset[str]]:
    async with reached(where) as (pool, client):
        found = await crews(client)
        async with connection(pool) as acquired:
            return found, await worker_heartbeats.lately_alive(acquired)


def tell(console: Terminal, found: Sequence[Crew], alive: Collection[str] | None) -> None:
    """Print a line for each crew, those with the largest share first."""
    for crew in sorted(found, key=lambda one: -one.percent):
        console.say(_line(crew, crew.working(alive)))


def _line(crew: Crew, working: int) -> str:
    name, there = escape(in_words(crew.version)), counted(working, "worker")
    if not crew.percent:
        return f"- {name}: given no orders, {there}; they may be stopped"
    mark = RIGHT if working else WRONG
    return f"{mark} {name}: given {crew.percent:g} % of the orders, {there}"
