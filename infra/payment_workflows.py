"""The workflow of a payment, in or out: what it is called, and how it is begun or made to look."""

from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from domain.clock import ClockReading
from domain.payments import PaymentRef, Way
from workflows import pay_ins, payouts
from workflows.options import PAYMENTS_QUEUE
from workflows.pay_ins import PayInWorkflow
from workflows.payouts import PayoutWorkflow
from workflows.start import PayInStart, PayoutStart


def name_of(payment: PaymentRef) -> str:
    """Return the id of a payment's workflow."""
    named = {Way.IN: pay_ins.workflow_id, Way.OUT: payouts.workflow_id}
    return named[payment.way](str(payment.id))


async def tell(client: Client, payment: PaymentRef, clock: ClockReading | None = None) -> None:
    """Have a payment's workflow look at what is known of it, which is begun unless it runs. Where
    the clock can be moved, a new one is told how that is set.

    Raises:
        RPCError: Temporal refuses or does not answer.
    """
    run, start, summary = _begun_with(payment, clock)
    await client.start_workflow(
        run,
        start,
        id=name_of(payment),
        task_queue=PAYMENTS_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal=PayInWorkflow.told.__name__,
        static_summary=summary,
    )


def _begun_with(payment: PaymentRef, clock: ClockReading | None) -> tuple[Any, Any, str]:
    if payment.way is Way.IN:
        in_start = PayInStart(id=str(payment.id), clock=clock)
        return PayInWorkflow.run, in_start, "Waits for a payment"
    out_start = PayoutStart(id=str(payment.id), clock=clock)
    return PayoutWorkflow.run, out_start, "Sees to a payout"
