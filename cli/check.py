"""`sequestre check`: proves that the money and the orders are right."""

import asyncio

import typer
from rich.console import Console

from cli.findings import line
from cli.stack_connection import (
    DEFAULT_DATA_DIR,
    DataDir,
    Patience,
    StackConnection,
    reached,
    stack_connection,
)
from db.audit import Proof
from reconcile.persistent_findings import PATIENCE_SECONDS
from reconcile.proof import prove


def check(data_dir: DataDir = DEFAULT_DATA_DIR, patience: Patience = PATIENCE_SECONDS) -> None:
    """Prove the ledger and the agreement of database and Temporal.

    Exit code 0 where everything holds, 1 where something does not, 2 where nobody can tell. The
    books are looked at while Temporal is away too.
    """
    proof = asyncio.run(proof_of(stack_connection(data_dir), patience))
    console = Console(soft_wrap=True, highlight=False)
    for finding in proof.findings:
        console.print(line(finding))
    wrong = len(proof.books) + len(proof.differing)
    if wrong:
        console.print(f"{wrong} findings in {proof.orders} orders.")
    if proof.differing:
        console.print("`sequestre repair` says what can be done about the workflows.")
    if proof.findings:
        raise typer.Exit(1 if wrong else 2)
    console.print(
        f"[green]✓[/green] {proof.orders} orders: the ledger holds, every final order was paid out"
        " once and its escrow is empty, and the orders in the database and in Temporal agree."
    )


async def proof_of(where: StackConnection, patience: float = PATIENCE_SECONDS) -> Proof:
    """Return everything that does not hold in a stack."""
    async with reached(where, at_once=False) as (pool, client):
        return await prove(pool, client, patience)
