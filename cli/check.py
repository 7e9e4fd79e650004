"""`sequestre check`: proves that the money and the orders are right."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from cli.configured import ended
from cli.findings import line, who_carries_out
from cli.numbers import A_WEEK, number
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, Patience, StackConnection, reached, stack_connection
from cli.terminal import Terminal
from cli.waiting import waiting
from db.audit import Finding, Proof
from db.timed_audit import SECONDS
from domain.operator_text import counted
from infra.provider_settings import provider_of
from infra.settings import NO_SECRETS_KEY
from providers.manual import ManualProvider
from providers.protocol import Provider
from reconcile.comparison import OrderMismatch
from reconcile.kept_proof import noted
from reconcile.orphan_workflows import OrphanWorkflow
from reconcile.payment_comparison import PaymentMismatch
from reconcile.persistent_findings import PATIENCE_SECONDS
from reconcile.proof import prove
from reconcile.unserved import CHECK as UNSERVED
from reconcile.unserved import NO_WORKER

Seconds = Annotated[
    float,
    typer.Option(
        "--budget",
        min=0.001,
        max=A_WEEK,
        callback=number,
        help="Seconds that each check may take.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as one JSON document.")]


def check(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    patience: Patience = PATIENCE_SECONDS,
    budget: Seconds = SECONDS,
    as_json: AsJson = False,
) -> None:
    """Prove the ledger and the agreement of database and Temporal, all of it.

    Exit code 0 where everything holds, 1 where something does not, 2 where nobody can tell. The
    books are looked at while Temporal is away too, and a check that takes longer than its budget
    keeps no other from being carried out. Where SEQUESTRE_PROVIDER names a payment provider, the
    books are held beside its own.
    """
    where = stack_connection(data_dir)
    if where.keyring is None:  # a proof that leaves something out is none
        ended(NO_SECRETS_KEY)
    proof = asyncio.run(proof_of(where, patience, budget))
    if as_json:
        typer.echo(document(proof))
    else:
        _tell(proof, where)
    if proof.findings:
        raise typer.Exit(1 if proof.books or proof.differing else 2)


def document(proof: Proof) -> str:
    """Return a proof as JSON: the findings of each kind, and what could not be proved."""
    blind = [*proof.unproved, *([proof.uncompared] if proof.uncompared else [])]
    kinds = {"books": proof.books, "workflows": proof.differing, "not_proved": blind}
    findings = {kind: [_fields(one) for one in found] for kind, found in kinds.items()}
    return json.dumps({"orders": proof.orders, "holds": not proof.findings, **findings})


def _fields(finding: Finding) -> dict[str, str]:
    return {"check": finding.check, "subject": finding.subject, "problem": finding.problem}


def _tell(proof: Proof, where: StackConnection) -> None:
    console, orders = Terminal(), counted(proof.orders, "order")
    for finding in proof.findings:
        console.say(line(finding))
    if proof.findings:
        console.say(f"{counted(len(proof.findings), 'finding')} in {orders}.")
        for hint in _hints(proof, where):
            console.say(hint, markup=False)
    else:
        console.say(
            f"[green]✓[/green] {orders}: the ledger holds, every final order was paid out"
            " once and its escrow is empty, and the orders in the database and in Temporal agree;"
            " every payment under way has its workflow."
        )


def _hints(proof: Proof, where: StackConnection) -> Iterator[str]:
    of_workflows = OrderMismatch | PaymentMismatch | OrphanWorkflow
    if any(isinstance(one, of_workflows) for one in proof.differing):
        yield f"`{where.command('repair')}` says what can be done about the workflows."
    if any(one.check in (UNSERVED, NO_WORKER) for one in proof.findings):
        yield who_carries_out(where)


async def proof_of(
    where: StackConnection, patience: float = PATIENCE_SECONDS, seconds: float = SECONDS
) -> Proof:
    """Return everything that does not hold in a stack. Each check may take so many seconds."""
    with waiting() as begins:
        async with reached(where, at_once=False) as (pool, client), _provider(where) as provider:
            proof = prove(pool, client, patience, begins, seconds, where.keyring, provider)
            return await noted(pool, "full", proof)


@asynccontextmanager
async def _provider(where: StackConnection) -> AsyncIterator[Provider | None]:
    """Lend the stack's payment provider while the block lasts; None where it has none."""
    provider = provider_of(where.payments) if where.payments else ManualProvider()
    try:
        yield provider if provider.takes_payments else None
    finally:
        await provider.aclose()
