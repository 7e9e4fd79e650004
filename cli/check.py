"""`sequestre check`: proves that the money and the orders are right."""

import asyncio

import typer
from rich.console import Console

from cli.place import DEFAULT_DATA_DIR, DataDir, Place, place
from db import audit
from db.audit import Finding
from db.pool import connection, create_pool
from infra import temporal
from infra.agreement import disagreements

CONNECTIONS = 20


def check(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Prove the ledger and the agreement of database and Temporal; exit code 1 where not."""
    orders, found = asyncio.run(findings_of(place(data_dir)))
    console = Console(soft_wrap=True, highlight=False)
    for finding in found:
        console.print(f"[red]✗[/red] {finding.subject}: {finding.problem}")
    if found:
        console.print(f"{len(found)} findings in {orders} orders.")
        raise typer.Exit(1)
    console.print(
        f"[green]✓[/green] {orders} orders: the ledger holds, every final order was paid out once"
        " and its escrow is empty, and the orders in the database and in Temporal agree."
    )


async def findings_of(where: Place) -> tuple[int, list[Finding]]:
    """How many orders there are, and everything that does not hold about them."""
    pool = await create_pool(where.database_url, CONNECTIONS)
    try:
        client = await temporal.connect(**where.temporal)
        differing = await disagreements(pool, client)
        async with connection(pool) as acquired:
            found = await audit.findings(acquired)
            orders = len(await audit.states(acquired))
    finally:
        await pool.close()
    return orders, [*found, *differing]
