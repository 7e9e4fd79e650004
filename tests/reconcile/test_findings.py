"""What check sees beside a workflow that is gone: one that is stuck, one that does not answer,
people who were left without an answer, and books that forbid every repair."""

from datetime import timedelta

import asyncpg
import pytest

import infra.routing
import reconcile.comparison
import reconcile.workflow_status
from db import audit
from db.pool import connection
from reconcile.comparison import Mismatch
from reconcile.proof import prove
from reconcile.repair import ADVICE, REMEDIES, plan
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually
from tests.reconcile.conftest import OrderUnderRepair, tampered, under_repair

LONG_AGO = timedelta(minutes=6)


async def left_lying(order: OrderUnderRepair, action: str, who: str, role: str) -> None:
    """A request that was written long ago and is not signalled for another hour."""
    owner = await asyncpg.connect(order.app.database_url)
    await owner.execute(
        "INSERT INTO requests (order_id, request_id, action, actor_id, actor_role, fields, signal,"
        " received_at, next_signal) SELECT $1, 'left-lying', $2, $3, $4, '{}',"
        " jsonb_build_object('actor', jsonb_build_object('id', $3::text, 'role', $4::text)),"
        " now() - $5::interval, now() + interval '1 hour'",
        order.id,
        action,
        who,
        role,
        LONG_AGO,
    )
    await owner.close()


async def test_a_request_that_nobody_decides_is_named_and_decided(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await left_lying(order, "complete", order.in_play.buyer.id, "buyer")
    (found,) = await order.ailments()
    assert Mismatch.STUCK is found.mismatch
    assert found.problem.endswith("UTC that nobody has decided")
    await order.repaired()
    await order.settles("completed")
    await order.ends_paid()


async def test_somebody_who_asked_too_late_is_answered(app: AppUnderTest) -> None:
    order = await under_repair(app, "completed")
    await left_lying(order, "cancel", order.in_play.seller.id, "seller")
    (found,) = await order.ailments()
    assert Mismatch.UNANSWERED is found.mismatch
    await order.repaired()
    refused = (await app.api.events(order.in_play.order, order.in_play.buyer))[-1]
    assert (refused["action"], refused["accepted"]) == ("cancel", False)
    await order.ends_paid()


async def test_a_request_of_a_moment_ago_is_none(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile.workflow_status, "ANSWERS_WITHIN", timedelta(seconds=0.5))
    order = await under_repair(app, "delivered")
    async with app.worker_away(), app.with_settings(action_wait=0.1) as impatient:
        await impatient.act(order.in_play.order, "complete", order.in_play.buyer)
        found = await order.ailments()
    assert [one for one in found if "decided" in one.problem] == []
    await order.settles("completed")


async def another_does(*_: object) -> bool:
    """There is a worker, and it is not this workflow that it answers for."""
    return True


async def test_a_workflow_that_does_not_answer_is_named(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile.workflow_status, "ANSWERS_WITHIN", timedelta(seconds=0.5))
    monkeypatch.setattr(reconcile.comparison, "worker_answers", another_does)
    order = await under_repair(app, "delivered")
    async with app.worker_away():
        assert [one.problem for one in await order.ailments()] == [
            "is delivered and its workflow does not answer"
        ]
    monkeypatch.undo()
    await order.is_sound()


async def test_without_any_worker_nothing_is_asked(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infra.routing, "WORKER_SEEN", timedelta())
    order = await under_repair(app, "delivered")
    async with app.worker_away():
        assert await order.ailments() == []


@pytest.mark.parametrize("seen", [timedelta(), timedelta(hours=1)], ids=["gone", "frozen"])
async def test_that_no_worker_answers_is_said_once(
    seen: timedelta, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen one polls on, as far as Temporal knows, and only its heartbeat is missing."""
    monkeypatch.setattr(infra.routing, "WORKER_SEEN", seen)
    for _ in range(3):
        await under_repair(app, "delivered")
    async with app.worker_away():
        proof = await prove(app.pool, app.temporal, patience=0)
        told = [(one.check, one.problem) for one in proof.findings]
    assert told == [
        ("no-worker", "no worker answers, so nobody could say at which step their workflows are")
    ]
    assert (proof.books, proof.differing, proof.uncompared) == ([], [], None)
    monkeypatch.undo()
    assert (await prove(app.pool, app.temporal, patience=PATIENCE_SECONDS)).findings == []


async def test_a_deadline_that_nothing_follows_is_named(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile.workflow_status, "ANSWERS_WITHIN", timedelta(seconds=0.5))
    monkeypatch.setattr(reconcile.comparison, "WAITS_AT_MOST", timedelta())
    async with app.with_settings(acceptance_window="PT1S") as api, app.worker_away():
        order = OrderUnderRepair(app, await app.place_order(api=api))
        order.in_play.api = app.api
        (found,) = await named(order)
        assert Mismatch.STUCK is found.mismatch
        assert found.problem.startswith("nothing has followed its deadline of")
    await order.settles("cancelled")
    assert await order.wallets() == (10_000, 0)


async def named(order: OrderUnderRepair) -> list[reconcile.comparison.OrderMismatch]:
    """The order's findings, once its deadline is among them."""
    return await eventually(
        order.ailments, lambda found: any("deadline" in one.problem for one in found)
    )


async def test_messages_that_lost_their_workflow_are_named_and_set_about_again(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "delivered")
    owner = await asyncpg.connect(app.database_url)
    await owner.execute(
        "INSERT INTO deliveries (order_id, seq, channel, user_id, started_at)"
        " VALUES ($1, 1, 'email', 'somebody', now())",
        order.id,
    )
    (found,) = await order.ailments()
    assert Mismatch.UNTOLD is found.mismatch
    assert found.problem == "has messages that nobody sends, of entry 1 of its journal"
    await order.repaired()
    status = "SELECT status FROM deliveries WHERE order_id = $1"

    async def look() -> str:
        return str(await owner.fetchval(status, order.id))

    await eventually(look, lambda found: found == "failed")  # the app has no mail server
    await owner.close()


def test_each_ailment_is_put_right_by_a_repair_or_by_a_person() -> None:
    assert set(Mismatch) == REMEDIES.keys() | ADVICE.keys()
    assert not REMEDIES.keys() & ADVICE.keys()


async def test_an_order_whose_books_are_wrong_is_left_alone(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    async with tampered(order):
        found = await plan(app.pool, app.temporal, patience=0)
        assert found.repairable == []
        assert [f"order {order.id}"] == [one.subject for one in found.held_back]
        assert f"order {order.id}" in {one.subject for one in found.books}
    found = await plan(app.pool, app.temporal, patience=0)
    assert ([order.id], []) == ([one.order_id for one in found.repairable], found.held_back)
    await order.repaired()
    async with connection(app.pool) as acquired:
        assert await audit.findings(acquired) == []


async def test_what_was_done_cannot_be_changed_by_the_owner_either(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    await order.repaired()
    owner = await asyncpg.connect(app.database_url)
    for change in ("UPDATE repairs SET by = 'x'", "DELETE FROM repairs", "TRUNCATE repairs"):
        with pytest.raises(asyncpg.PostgresError, match="append"):
            await owner.execute(change)
    await owner.close()
