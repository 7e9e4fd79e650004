"""`sequestre repair`: brings orders and their workflows together again, on request."""

import asyncio
import getpass
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from temporalio.client import Client

from cli.place import DEFAULT_DATA_DIR, DataDir, Patience, Place, place, reached
from db import repairs
from db.pool import Pool, connection
from domain.words import instant
from infra.lasting import PATIENCE_SECONDS
from infra.repair import REMEDIES, Plan, carry_out, left_over, plan

LATEST = 100

Apply = Annotated[bool, typer.Option("--apply", "--yes", help="Do it. Without, it only says what.")]
By = Annotated[
    str | None, typer.Option(help="Who does it, for the journal; else this machine's user.")
]
Journal = Annotated[bool, typer.Option("--journal", help="Show the latest repairs instead.")]


def repair(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    apply: Apply = False,
    by: By = None,
    journal: Journal = False,
    patience: Patience = PATIENCE_SECONDS,
) -> None:
    """Say what would bring orders and workflows together again, and do it with --apply.

    Exit code 0 where nothing is wrong (any longer), 1 where something is, 2 where nobody can tell.
    Money is never touched.
    """
    console = Console(soft_wrap=True, highlight=False, markup=True)
    where = place(data_dir)
    if journal:
        asyncio.run(_show_journal(where, console))
    elif not asyncio.run(_repair(where, console, (by or _user()) if apply else None, patience)):
        raise typer.Exit(1)


async def _repair(where: Place, console: Console, by: str | None, patience: float) -> bool:
    """Whether all is well in the end. Nothing is done in nobody's name."""
    async with reached(where) as (pool, client):
        found = await plan(pool, client, patience)
        if found.is_empty:
            console.print("[green]✓[/green] Nothing to repair: orders and workflows agree.")
            return True
        _tell_of_books(found, console)
        _tell_what_is_left_to_people(found, console)
        if by is not None:
            return await _apply(pool, client, found, by, patience, console)
        for one in found.repairable:
            console.print(f"[red]✗[/red] {one.subject}: {one.problem}")
            console.print(f"  a repair {REMEDIES[one.ailment]}")
        if found.repairable:
            orders = _orders(len(found.repairable))
            console.print(f"Nothing was changed. To repair {orders}: sequestre repair --apply")
        return False


async def _apply(
    pool: Pool, client: Client, found: Plan, by: str, patience: float, console: Console
) -> bool:
    for one in found.repairable:
        await carry_out(pool, client, one, by)
    repaired = {one.order_id: one for one in found.repairable}
    left = {one.order_id: one for one in await left_over(pool, client, repaired, patience)}
    for order_id, one in repaired.items():
        mark = "[red]✗[/red]" if order_id in left else "[green]✓[/green]"
        console.print(f"{mark} {one.subject}: {one.problem}")
        console.print(f"  the repair {REMEDIES[one.ailment]}")
        if order_id in left:
            console.print(f"  and still it {left[order_id].problem}: look for workers first")
    console.print(f"{_orders(len(repaired) - len(left))} of {len(repaired)} brought together.")
    return not (left or found.needs_a_person)


def _tell_of_books(found: Plan, console: Console) -> None:
    for finding in found.books:
        console.print(f"[red]✗[/red] {escape(finding.subject)}: {escape(finding.problem)}")
    for one in found.held_back:
        console.print(f"[red]✗[/red] {one.subject}: {one.problem}; left alone, its books are wrong")
    if found.books:
        console.print("Books are never repaired: find out who wrote to them.")


def _tell_what_is_left_to_people(found: Plan, console: Console) -> None:
    for one in found.by_hand:
        subject, problem = escape(one.finding.subject), escape(one.finding.problem)
        console.print(f"[red]✗[/red] {subject}: {problem}")
        console.print(f"  no repair does this for you: {one.advice}")


async def _show_journal(where: Place, console: Console) -> None:
    async with reached(where) as (pool, _), connection(pool) as acquired:
        latest = await repairs.latest(acquired, LATEST)
    if not latest:
        console.print("No order was ever repaired.")
    for one in latest:
        console.print(f"{instant(one.at)}, {escape(one.by)}: order {one.order_id} {one.finding};")
        console.print(f"  the repair {one.remedy}")


def _orders(number: int) -> str:
    return "1 order" if number == 1 else f"{number} orders"


def _user() -> str:
    try:
        return getpass.getuser()[:100]
    except (KeyError, OSError):  # a container's user may have no name
        return "operator"
