"""`sequestre check`: proves that the money and the orders are right."""

import asyncio

import typer

from cli.configured import ended
from cli.findings import line
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, Patience, StackConnection, reached, stack_connection
from cli.terminal import Terminal
from cli.waiting import waiting
from db.audit import Proof
from domain.operator_text import counted
from infra.settings import NO_SECRETS_KEY
from reconcile.persistent_findings import PATIENCE_SECONDS
from reconcile.proof import prove


def check(data_dir: DataDir = DEFAULT_DATA_DIR, patience: Patience = PATIENCE_SECONDS) -> None:
    """Prove the ledger and the agreement of database and Temporal.

    Exit code 0 where everything holds, 1 where something does not, 2 where nobody can tell. The
    books are looked at while Temporal is away too.
    """
    where = stack_connection(data_dir)
    if where.keyring is None:  # a proof that leaves something out is none
        ended(NO_SECRETS_KEY)
    proof = asyncio.run(proof_of(where, patience))
    console, orders = Terminal(), counted(proof.orders, "order")
    for finding in proof.findings:
        console.say(line(finding))
    wrong = len(proof.books) + len(proof.differing)
    if wrong:
        console.say(f"{counted(wrong, 'finding')} in {orders}.")
    if proof.differing:
        repair = where.command("repair")
        console.say(f"`{repair}` says what can be done about the workflows.", markup=False)
    if proof.findings:
        raise typer.Exit(1 if wrong else 2)
    console.say(
        f"[green]✓[/green] {orders}: the ledger holds, every final order was paid out"
        " once and its escrow is empty, and the orders in the database and in Temporal agree."
    )


async def proof_of(where: StackConnection, patience: float = PATIENCE_SECONDS) -> Proof:
    """Return everything that does not hold in a stack."""
    with waiting() as begins:
        async with reached(where, at_once=False) as (pool, client):
            return await prove(pool, client, patience, begins, where.keyring)
