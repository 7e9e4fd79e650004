"""`sequestre repair`: brings orders, payments and their workflows together again, on request."""

import asyncio
import getpass
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from temporalio.client import Client
from temporalio.service import RPCError

from cli.findings import line, who_carries_out
from cli.given import refuse_beside, refuse_without
from cli.identifiers import IDENTIFIER, exact
from cli.program import DEFAULT_DATA_DIR
from cli.repair_journal import show_journal
from cli.stack_connection import DataDir, Patience, StackConnection, reached, stack_connection
from cli.terminal import Terminal, shown
from cli.waiting import waiting
from db.audit import Finding
from db.pool import Pool
from domain.operator_text import counted
from infra.temporal import NOT_NOW
from reconcile.comparison import OrderMismatch
from reconcile.orphan_workflows import OrphanWorkflow, terminate
from reconcile.payment_comparison import PaymentMismatch, payment_mismatches
from reconcile.payment_repair import PAYMENT_REMEDIES, repair_payment
from reconcile.persistent_findings import PATIENCE_SECONDS
from reconcile.repair import (
    ADVICE,
    ADVICE_ON_UNASKED,
    REMEDIES,
    Plan,
    carry_out,
    left_over,
    plan,
)
from reconcile.unserved import CHECK as UNSERVED

DONE = "→"
LOOK_FOR_WORKERS = "look for workers first"

Mismatched = OrderMismatch | PaymentMismatch
"""What a repair brings together with its workflow again."""

Apply = Annotated[bool, typer.Option("--apply", "--yes", help="Do it. Without, it only says what.")]


By = Annotated[
    str | None,
    typer.Option(help="Who does it, for the journal; else this machine's user.", callback=exact),
]
Orphans = Annotated[
    bool,
    typer.Option(
        "--terminate-orphans",
        help="With --apply: terminate workflows whose orders the database does not have, too.",
    ),
]
Journal = Annotated[
    bool, typer.Option("--journal", help="Show the latest repairs and terminations instead.")
]


def repair(
    context: typer.Context,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    apply: Apply = False,
    by: By = None,
    terminate_orphans: Orphans = False,
    journal: Journal = False,
    patience: Patience = PATIENCE_SECONDS,
) -> None:
    """Say what would bring orders, payments and workflows together again, and do it with --apply.

    Exit code 0 where nothing is wrong (any longer), 1 where something is, 2 where nobody can tell.
    Money is never touched.
    """
    if journal:
        refuse_beside(context, "journal", "apply", "by", "terminate-orphans", "patience")
    if not apply:
        refuse_without(context, "apply", "by", "terminate-orphans")
    console = Terminal()
    where = stack_connection(data_dir)
    if journal:
        asyncio.run(show_journal(where, console))
        return
    wanted = (by or _user()) if apply else None
    code = asyncio.run(_repair(where, console, wanted, patience, terminate_orphans))
    if code:
        raise typer.Exit(code)


async def _repair(
    where: StackConnection, console: Terminal, by: str | None, patience: float, orphans_too: bool
) -> int:
    """Return the exit code. Nothing is done in nobody's name."""
    async with reached(where) as (pool, client):
        with waiting() as begins:
            found = await plan(pool, client, patience, begins)
        if found.is_empty:
            console.say("[green]✓[/green] Nothing to repair: orders, payments and workflows agree.")
            return 0
        if by is not None and orphans_too:
            found = await _without_orphans(pool, client, found, by, console)
        _tell_of_books(found, console)
        _tell_what_is_left_to_people(found, console)
        _tell_what_was_not_seen(found, where, console)
        if by is not None and (found.repairable or found.payments):
            is_well = await _apply(pool, client, found, by, patience, console)
        else:
            is_well = not (found.repairable or found.payments or found.needs_a_person)
            _tell_what_would_be_done(found, where, console)
        return _code(is_well, found)


def _code(is_well: bool, found: Plan) -> int:
    if is_well and found.unseen:
        return 2
    return 0 if is_well else 1


def _tell_what_would_be_done(found: Plan, where: StackConnection, console: Terminal) -> None:
    repairable: list[Mismatched] = [*found.repairable, *found.payments]
    for one in repairable:
        console.say(line(one))
        console.say(f"  a repair {_remedy(one)}")
    if found.repairable or found.payments:
        again = where.command("repair", "--apply")
        console.say(f"Nothing was changed. To repair {_counted(found)}: {again}", markup=False)


def _remedy(one: Mismatched) -> str:
    if isinstance(one, PaymentMismatch):
        return PAYMENT_REMEDIES[one.mismatch]
    return REMEDIES[one.mismatch]


def _counted(found: Plan) -> str:
    parts = ((len(found.repairable), "order"), (len(found.payments), "payment"))
    return " and ".join(counted(number, what) for number, what in parts if number)


async def _without_orphans(
    pool: Pool, client: Client, found: Plan, by: str, console: Terminal
) -> Plan:
    ended = [one for one in found.orphans if await _is_terminated(pool, client, one, by, console)]
    return found.without(ended)


async def _is_terminated(
    pool: Pool, client: Client, one: OrphanWorkflow, by: str, console: Terminal
) -> bool:
    try:
        await terminate(pool, client, one, by)
    except RPCError as error:
        return _refused(error, one, console)
    console.say(f"{line(one, DONE)}\n  it was terminated")
    return True


async def _apply(
    pool: Pool, client: Client, found: Plan, by: str, patience: float, console: Terminal
) -> bool:
    """Repair everything that can be; return whether all is well then."""
    done = [one for one in found.repairable if await _is_done(pool, client, one, by, console)]
    paid = [one for one in found.payments if await _is_done(pool, client, one, by, console)]
    with waiting() as begins:
        repaired = [one.order_id for one in done]
        left = await left_over(pool, client, repaired, patience, begins)
        payments = [one.payment for one in paid]
        unpaid = await payment_mismatches(pool, client, payments, patience, begins)
    remaining: list[Mismatched] = [*left, *unpaid]
    for one in remaining:
        console.say(line(one))
        console.say(f"  and that after its repair: {ADVICE.get(one.mismatch, LOOK_FOR_WORKERS)}")
    _tell_how_many(console, "order", len(found.repairable), len(done) - len(left))
    _tell_how_many(console, "payment", len(found.payments), len(paid) - len(unpaid))
    wanted = len(found.repairable) + len(found.payments)
    are_together = len(done) + len(paid) - len(left) - len(unpaid) == wanted
    return are_together and not found.needs_a_person


def _tell_how_many(console: Terminal, what: str, wanted: int, together: int) -> None:
    if wanted:
        console.say(f"{counted(together, what)} of {wanted} brought together.")


async def _is_done(pool: Pool, client: Client, one: Mismatched, by: str, console: Terminal) -> bool:
    """Repair an order or a payment, and tell of it at once. One that cannot be repaired holds up no
    other."""
    try:
        if isinstance(one, PaymentMismatch):
            await repair_payment(pool, client, one, by)
        else:
            await carry_out(pool, client, one, by)
    except RPCError as error:
        return _refused(error, one, console)
    console.say(f"{line(one, DONE)}\n  the repair {_remedy(one)}")
    return True


def _refused(error: RPCError, one: Finding, console: Terminal) -> bool:
    """Tell that a repair is refused; return that it is not done."""
    if error.status in NOT_NOW:  # it is nothing of the order's or the payment's
        raise error
    console.say(f"{line(one)}\n  Temporal refuses the repair: {escape(shown(str(error)))}")
    return False


def _tell_of_books(found: Plan, console: Terminal) -> None:
    for finding in found.books:
        console.say(line(finding))
    for one in found.held_back:
        console.say(f"{line(one)}; left alone, its books are wrong")
    if found.books:
        console.say("Books are never repaired: find out who wrote to them.")


def _tell_what_is_left_to_people(found: Plan, console: Terminal) -> None:
    for one in found.by_hand:
        console.say(line(one.finding))
        console.say(f"  no repair does this for you: {one.advice}")


def _tell_what_was_not_seen(found: Plan, where: StackConnection, console: Terminal) -> None:
    for one in found.unseen:
        console.say(line(one))
        console.say(f"  there may be more to repair: {ADVICE_ON_UNASKED}")
    if found.unseen or any(one.finding.check == UNSERVED for one in found.by_hand):
        console.say(who_carries_out(where), markup=False)


def _user() -> str:
    try:
        return IDENTIFIER.validate_python(getpass.getuser())
    except (KeyError, OSError, ValidationError):  # a container's user may have no name
        return "operator"
