"""What has ended is proved once; what runs, and what was written since, every night."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.reconciliation import Reconciled, ReconciliationActivities
from db import audit_queries, watermark
from db.audit import Finding, Proof
from db.pool import Connection, connection
from infra import temporal
from reconcile import nightly_proof
from reconcile.comparison import Mismatch
from reconcile.nightly_proof import prove_what_changed
from reconcile.orphan_workflows import orders_with_workflows
from reconcile.proof import prove
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually, in_seconds
from tests.reconcile.conftest import OrderUnderRepair, tampered, under_repair
from workflows.reconciliation import in_words


@pytest.fixture
async def owner(app: AppUnderTest) -> AsyncIterator[Connection]:
    """A superuser's connection to the app's database."""
    opened = await asyncpg.connect(app.database_url)
    yield opened
    await opened.close()


async def night(app: AppUnderTest, patience: float = PATIENCE_SECONDS) -> Proof:
    """What a night finds."""
    return await prove_what_changed(app.pool, app.temporal, 3 * PATIENCE_SECONDS, patience)


async def left(app: AppUnderTest) -> set[UUID]:
    """The orders that the next night will look at."""
    async with connection(app.pool) as acquired:
        return set((await watermark.unproved(acquired)).orders)


async def proved(app: AppUnderTest, state: str = "completed") -> OrderUnderRepair:
    """An order in this state, after a night that found nothing."""
    order = await under_repair(app, state)
    await order.is_sound()
    assert (await night(app)).findings == []
    return order


async def test_an_ended_order_is_proved_once_and_one_that_runs_every_night(
    app: AppUnderTest,
) -> None:
    runs, over = await under_repair(app, "delivered"), await under_repair(app, "completed")
    await over.is_sound()
    assert {runs.id, over.id} <= await left(app)
    first = await night(app)
    assert (first.findings, {runs.id, over.id} & await left(app)) == ([], {runs.id})
    assert (await night(app)).orders < first.orders
    await runs.ends_paid()
    assert (await night(app)).findings == []
    assert runs.id not in await left(app)


async def test_balances_that_nothing_has_moved_are_proved_once(app: AppUnderTest) -> None:
    await proved(app)
    async with connection(app.pool) as acquired:
        assert (await watermark.unproved(acquired)).accounts == {}
    await app.place_order()
    async with connection(app.pool) as acquired:
        # Of the buyer's wallet and the new escrow.
        assert len((await watermark.unproved(acquired)).accounts) == 2


CHANGES = {
    "its words": "UPDATE orders SET title = 'Another' WHERE id = $1",
    "its end": "UPDATE orders SET updated_at = now() WHERE id = $1",
    "nothing, but written": "UPDATE orders SET title = title WHERE id = $1",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_an_ended_order_that_somebody_wrote_to_is_proved_again(
    change: str, app: AppUnderTest, owner: Connection
) -> None:
    order = await proved(app)
    await owner.execute("ALTER TABLE orders DISABLE TRIGGER guard_order")
    await owner.execute(CHANGES[change], order.id)
    await owner.execute("ALTER TABLE orders ENABLE ALWAYS TRIGGER guard_order")
    assert order.id in await left(app)
    assert (await night(app)).findings == []
    assert order.id not in await left(app)


async def test_an_attempt_after_the_end_has_it_proved_again(app: AppUnderTest) -> None:
    order = await proved(app)
    answer = await app.api.act(order.in_play.order, "cancel", order.in_play.seller, {})
    assert answer.status_code == 409
    assert order.id in await left(app)
    assert (await night(app)).findings == []
    assert order.id not in await left(app)


async def test_what_was_done_to_an_ended_order_and_its_wallets_by_hand_is_found(
    app: AppUnderTest, owner: Connection
) -> None:
    order = await proved(app)
    change = "UPDATE ledger.balance SET balance = balance + $2 WHERE account_id IN"
    change += " (SELECT id FROM ledger.account WHERE kind = 'wallet' AND owner = $1)"
    await owner.execute(change, order.in_play.seller.id, 1)
    found = {one.subject for one in (await night(app)).books}
    # And the sum of all wallets, which is kept beside them, is another one.
    assert found == {
        f"wallet of {order.in_play.seller.id}",
        "all accounts of kind wallet",
        "all accounts of kind commission",
    }
    assert await night(app) == await night(app)
    await owner.execute(change, order.in_play.seller.id, -1)
    assert (await night(app)).findings == []


async def test_an_order_with_a_finding_is_not_taken_for_proved_and_the_others_are(
    app: AppUnderTest,
) -> None:
    wrong, sound = await under_repair(app, "completed"), await under_repair(app, "completed")
    await sound.is_sound()
    async with tampered(wrong):
        for _ in range(2):
            assert f"order {wrong.id}" in {one.subject for one in (await night(app)).books}
            assert {wrong.id, sound.id} & await left(app) == {wrong.id}
    assert (await night(app)).findings == []


async def test_a_check_by_hand_proves_everything_again(app: AppUnderTest) -> None:
    """Of a posting whose order and balances nobody wrote to, the nights have nothing new."""
    order = await proved(app)
    async with tampered(order):
        assert (await night(app)).books == []
        proof = await prove(app.pool, app.temporal, patience=0)
    assert f"order {order.id}" in {one.subject for one in proof.books}


async def test_a_proved_order_whose_workflow_runs_again_is_named(app: AppUnderTest) -> None:
    order = await proved(app)
    described = await order.handle.describe()
    async with app.worker_away():
        await app.temporal.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=app.temporal.namespace,
                workflow_execution=WorkflowExecution(
                    workflow_id=described.id, run_id=described.run_id
                ),
                reason="by mistake",
                workflow_task_finish_event_id=4,
                request_id=str(order.id),
            ),
            retry=True,
        )
        await eventually(lambda: orders_with_workflows(app.temporal), lambda ids: order.id in ids)
        found = (await night(app, patience=0)).differing
    assert (Mismatch.BEHIND.value, f"order {order.id}") in {
        (one.check, one.subject) for one in found
    }
    await order.is_sound()


async def test_a_message_that_is_sent_again_has_its_order_looked_at(
    app: AppUnderTest, owner: Connection
) -> None:
    order = await proved(app)
    await owner.execute(
        "INSERT INTO people (user_id, email) VALUES ('reader', 'reader@example.org')"
    )
    await owner.execute(
        "INSERT INTO deliveries (order_id, seq, channel, user_id, started_at)"
        " VALUES ($1, 1, 'email', 'reader', now())",
        order.id,
    )
    assert order.id in await left(app)
    found = (await night(app, patience=0)).differing
    assert [one.check for one in found] == ["unsent-messages"]
    await owner.execute("DELETE FROM deliveries WHERE user_id = 'reader'")
    await owner.execute("DELETE FROM people WHERE user_id = 'reader'")


async def test_many_orders_are_proved_part_by_part(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [await under_repair(app, "completed") for _ in range(3)]
    for one in orders:
        await one.is_sound()
    monkeypatch.setattr(nightly_proof, "AT_ONCE", 2)
    assert (await night(app)).findings == []
    assert not {one.id for one in orders} & await left(app)


async def test_while_temporal_is_away_the_books_are_proved_and_nothing_is_taken_for_proved(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "completed")
    nowhere: Client = await temporal.connect(lazy=True, target_host="127.0.0.1:1")
    proof = await prove_what_changed(app.pool, nowhere, PATIENCE_SECONDS, 0)
    assert (proof.books, proof.uncompared is None) == ([], False)
    assert order.id in await left(app)


# --- a check that takes too long -----------------------------------------------------------------

SLOW = "SELECT 'order', 'was not worth waiting for' FROM pg_sleep(3600)"
"""A check that takes an hour."""


async def test_a_night_tells_of_a_check_that_took_too_long_and_of_all_that_the_others_found(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, sound = await under_repair(app, "completed"), await under_repair(app, "completed")
    await sound.is_sound()
    monkeypatch.setitem(audit_queries.CHECKS, "wrong-outcome", SLOW)

    async def checked(seconds: int) -> tuple[Reconciled, list[EventDict]]:
        async def of_app() -> Proof:
            return await prove_what_changed(app.pool, app.temporal, seconds, 1)

        with capture_logs() as logs:
            found: Reconciled = await ActivityEnvironment().run(
                ReconciliationActivities(of_app).check_everything
            )
        assert found.unproved == 1, found.first  # each of the others has so many seconds too
        return found, list(logs)

    async with tampered(wrong):
        found, logs = await in_seconds(checked, 5)
    assert found.books > 0
    assert any(one.startswith(f"order {wrong.id}: posting") for one in found.first)
    assert any(one.startswith("check wrong-outcome: was not proved") for one in found.first)
    assert ", 1 check not proved." in in_words(found)
    (alarm,) = [one for one in logs if one["event"] == "reconciliation found"]
    assert (alarm["log_level"], alarm["unproved"]) == ("error", 1)
    assert {wrong.id, sound.id} <= await left(app)


async def test_a_comparison_that_takes_too_long_leaves_books_and_strays_to_be_told(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(*_: object) -> list[Finding]:
        async with connection(app.pool) as acquired:
            await acquired.execute("SELECT pg_sleep(3600)", timeout=3600)
        return []

    stray = Finding("orphan-workflow", "workflow x", "runs, and the database has no such order")

    async def strays(*_: object) -> list[Finding]:
        return [stray]

    order = await under_repair(app, "completed")
    monkeypatch.setattr("reconcile.proof.mismatches", for_ever)
    monkeypatch.setattr("reconcile.proof.orphan_workflows", strays)

    async def proved_within(seconds: int) -> Proof:
        found = await prove(app.pool, app.temporal, seconds=seconds)
        assert [one.subject for one in found.unproved] == [
            "the comparison of orders with their workflows"
        ]
        return found

    async with tampered(order):
        proof = await in_seconds(proved_within, 2)
    assert f"order {order.id}" in {one.subject for one in proof.books}
    assert list(proof.differing) == [stray]
