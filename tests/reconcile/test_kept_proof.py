"""What a check found stays to be seen, whoever made it; one that cannot be kept is a proof too."""

from uuid import uuid4

import asyncpg
import pytest

from cli.check import proof_of
from cli.stack_connection import StackConnection
from db import last_checks
from db.audit import Proof
from db.last_checks import LastCheck
from db.pool import connection
from reconcile.kept_proof import noted
from tests.app_under_test import KEYRING, AppUnderTest
from workflows.order import TASK_QUEUE
from workflows.reconciliation import ReconciliationWorkflow


async def kept(app: AppUnderTest, kind: str) -> LastCheck | None:
    async with connection(app.pool) as acquired:
        found = await last_checks.read(acquired)
    return next((one for one in found if one.kind == kind), None)


async def test_a_night_is_kept(app: AppUnderTest) -> None:
    before = await kept(app, "nightly")
    await app.temporal.execute_workflow(
        ReconciliationWorkflow.run, id=f"night-{uuid4()}", task_queue=TASK_QUEUE
    )
    after = await kept(app, "nightly")
    assert after is not None
    assert before is None or after.at > before.at


async def test_a_full_check_is_kept(app: AppUnderTest) -> None:
    before = await kept(app, "full")
    temporal = {
        "target_host": app.temporal.service_client.config.target_host,
        "namespace": app.temporal.namespace,
    }
    where = StackConnection(app.database_url, temporal, keyring=KEYRING)
    await proof_of(where, 0)
    after = await kept(app, "full")
    assert after is not None
    assert before is None or after.at > before.at


async def test_a_proof_that_cannot_be_kept_is_one(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Proof(3, [], [])

    async def prove() -> Proof:
        return found

    async def refuses(*_: object) -> None:
        raise asyncpg.ReadOnlySQLTransactionError("read only")

    monkeypatch.setattr(last_checks, "note", refuses)
    assert await noted(app.pool, "full", prove()) is found
