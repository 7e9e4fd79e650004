"""Whether payments that are under way in the database have a workflow that carries them on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from temporalio.client import Client

from db import payments_under_way
from db.audit import Finding
from db.payments_under_way import UnderWay
from db.pool import Pool, connection
from domain.operator_text import counted
from domain.payments import PaymentRef
from infra.payment_workflows import name_of
from reconcile.comparison import Mismatch, Verdict, held_up, some_at_once
from reconcile.persistent_findings import PATIENCE_SECONDS, Begins, nobody, persistent_findings
from reconcile.workflow_status import WorkflowStatus, status_of


@dataclass(frozen=True)
class PaymentMismatch(Finding):
    """A finding about a payment and its workflow."""

    payment: PaymentRef
    mismatch: Mismatch


async def payment_mismatches(
    pool: Pool,
    client: Client,
    payments: Sequence[PaymentRef] | None = None,
    patience: float = PATIENCE_SECONDS,
    begins: Begins = nobody,
) -> list[PaymentMismatch]:
    """Return those of all payments that are under way, or of `payments`, whose workflow is gone or
    does not do what is due.

    What an API will tell a workflow by itself is no finding before it should have. One that it has
    told is gone for sure where none runs. A payment that is over needs none.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    if payments is None:
        async with connection(pool) as acquired:
            payments = await payments_under_way.payments(acquired)
    if payments:
        begins(f"comparing {counted(len(payments), 'payment')} with their workflows")
    return await persistent_findings(partial(_differing, pool, client), payments, patience, begins)


async def _differing(
    pool: Pool, client: Client, payments: Sequence[PaymentRef]
) -> dict[PaymentRef, PaymentMismatch]:
    return await some_at_once(partial(_of_some, pool, client), payments)


async def _of_some(
    pool: Pool, client: Client, payments: Sequence[PaymentRef]
) -> dict[PaymentRef, PaymentMismatch]:
    seen = await asyncio.gather(*(status_of(client, name_of(one)) for one in payments))
    statuses = dict(zip(payments, seen, strict=True))
    async with connection(pool) as acquired:  # after Temporal: a payment's end is written first
        rows = await payments_under_way.of(acquired, payments)
    found: dict[PaymentRef, PaymentMismatch] = {}
    for row in rows:
        verdict = _verdict(row, statuses[row.payment])
        if verdict is not None:
            found.setdefault(row.payment, _mismatch(row.payment, *verdict))
    return found


def _mismatch(payment: PaymentRef, mismatch: Mismatch, problem: str) -> PaymentMismatch:
    return PaymentMismatch(mismatch.value, str(payment), problem, payment, mismatch)


def _verdict(row: UnderWay, seen: WorkflowStatus) -> Verdict | None:
    verdict = held_up(row.what, seen)
    if verdict is not None:
        return verdict
    if seen.is_over:
        why = f"{row.what} and its workflow is {seen.status}"
        return (Mismatch.GONE, why) if row.is_told or row.is_old else None
    if row.event is not None and row.is_old:
        return Mismatch.STUCK, f"{row.what} for longer than it should take"
    return None
