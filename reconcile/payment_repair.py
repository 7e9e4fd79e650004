"""Bringing a payment to a workflow again, which goes on from what the database has of it."""

from enum import StrEnum

from temporalio.client import Client

from db import clock, operator_journal
from db.pool import Pool, connection
from domain.operator_deeds import Deed, OperatorDeed, Subject
from infra import payment_workflows
from reconcile.comparison import Mismatch
from reconcile.journalled import with_outcome
from reconcile.payment_comparison import PaymentMismatch


class PaymentRemedy(StrEnum):
    """The repairs of payments that there are, as they are told and journalled."""

    START = "starts its workflow anew, which goes on from where the payment stands in the database"
    WAKE = "has its workflow look at the payment and its provider's events in the database"


PAYMENT_REMEDIES: dict[Mismatch, PaymentRemedy] = {
    Mismatch.GONE: PaymentRemedy.START,
    Mismatch.STUCK: PaymentRemedy.WAKE,
}


async def repair_payment(pool: Pool, client: Client, found: PaymentMismatch, by: str) -> None:
    """Repair one payment, in the name of whoever asked for it. Doing it twice does no harm: what
    was done of it is in its row.

    Raises:
        RPCError: Temporal refuses, which the journal has then, or does not answer.
    """
    name = payment_workflows.name_of(found.payment)
    remedy = PAYMENT_REMEDIES[found.mismatch]
    begun = OperatorDeed(by, (), Deed.REPAIR, Subject.WORKFLOW, name, reason=remedy)
    async with connection(pool) as acquired:
        # Before anything is done: an attempt that breaks off is in the journal too.
        deed = await operator_journal.begin(acquired, begun)
        reading = await clock.reading(acquired)
    async with with_outcome(pool, deed):
        await payment_workflows.tell(client, found.payment, reading)
