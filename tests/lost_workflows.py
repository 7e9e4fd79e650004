"""Payments whose workflows are lost, and for certain: no relay begins them once more by chance."""

from typing import Any
from uuid import UUID

import asyncpg
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from domain.payments import PaymentRef, Way
from infra.payment_workflows import name_of
from tests.app_under_test import AppUnderTest, Json, eventually

_IS_TOLD = {
    Way.IN: "SELECT started_at IS NOT NULL FROM pay_ins WHERE id = $1",
    Way.OUT: "SELECT told_at IS NOT NULL FROM payouts WHERE id = $1",
}
_STARTED_AT = "SELECT started_at FROM pay_ins WHERE id = $1"
_NEW_AND_OVER = """
    INSERT INTO pay_ins (id, user_id, amount, currency, provider, return_url, fingerprint, state,
                         ended_at)
    VALUES (gen_random_uuid(), 'nobody', 1, 'EUR', 'paper', 'https://shop.example', '', 'failed',
            moved(now()))
    RETURNING id
"""


def workflow_of(app: AppUnderTest, way: Way, payment: Json) -> WorkflowHandle[Any, Any]:
    """The workflow of a payment, the latest run of it."""
    return app.temporal.get_workflow_handle(name_of(PaymentRef(way, UUID(payment["id"]))))


async def status_of(app: AppUnderTest, way: Way, payment: Json) -> WorkflowExecutionStatus | None:
    """How the workflow of a payment stands in Temporal."""
    return (await workflow_of(app, way, payment).describe()).status


async def loses_its_workflow(app: AppUnderTest, way: Way, payment: Json) -> None:
    """Somebody ends it, while an API with a relay of payments runs. That relay may have found the
    payment untold just before the API told it itself, and would begin it once more: it is through
    with that first."""
    await eventually(lambda: app.pool.fetchval(_IS_TOLD[way], UUID(payment["id"])))
    await relay_has_looked(app)
    await workflow_of(app, way, payment).terminate("by mistake")
    assert await status_of(app, way, payment) is WorkflowExecutionStatus.TERMINATED


async def relay_has_looked(app: AppUnderTest) -> None:
    """Waits until the relay of payments has looked anew, and so has done whatever it had found in
    any look before: it has come to a payment that is written now, and is over already."""
    owner = await asyncpg.connect(app.database_url)
    try:
        written = await owner.fetchval(_NEW_AND_OVER)
    finally:
        await owner.close()
    await eventually(lambda: app.pool.fetchval(_STARTED_AT, written))
