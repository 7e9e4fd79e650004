"""What repairs do is in the journal of those who operate, with what became of it."""

from typing import Any
from uuid import uuid4

import pytest
from temporalio.service import RPCError, RPCStatusCode

import reconcile.orphan_workflows
from infra import order_workflows
from reconcile.journalled import LONGEST_REFUSAL
from reconcile.orphan_workflows import REASON, OrphanWorkflow, orphan_workflows, terminate
from reconcile.repair import Remedy, carry_out
from tests.api.test_operator_journal import only
from tests.app_under_test import AppUnderTest, Json
from tests.reconcile.conftest import OPERATOR_NAME, OrderUnderRepair, under_repair
from tests.reconcile.test_command import on
from tests.reconcile.test_strays import PROBLEM, astray

FULL = "the workflow takes no more signals\x1b[2K"
REFUSAL = RPCError(f"{FULL}\0{'!' * LONGEST_REFUSAL}", RPCStatusCode.INVALID_ARGUMENT, b"")
KEPT = f"{FULL} {'!' * LONGEST_REFUSAL}"[:LONGEST_REFUSAL]
AWAY = RPCError("it went away", RPCStatusCode.UNAVAILABLE, b"")
OUTCOMES = [(REFUSAL, "refused", KEPT), (AWAY, "begun", None)]


def deed(name: str, subject: str, subject_id: str, reason: str, **more: str | None) -> Json:
    """A deed past the API, as the journal has it."""
    of = {"by": OPERATOR_NAME, "roles": [], "deed": name, "subject": subject}
    rest = {"user_id": None, "reason": reason, "outcome": "done", "code": None, "refusal": None}
    return {**of, "subject_id": subject_id, **rest, **more}


def answers(error: RPCError) -> Any:
    """A call to Temporal that is answered so."""

    async def refused(*_: object) -> None:
        raise error

    return refused


async def torn_off(app: AppUnderTest) -> OrderUnderRepair:
    """An order whose workflow is gone."""
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    return order


async def test_a_repair_that_was_done_is_told_as_done(app: AppUnderTest) -> None:
    order = await torn_off(app)
    await order.repaired()
    expected = deed("repair", "order", str(order.id), Remedy.START)
    assert expected == await only(app, f"subject_id={order.id}")
    assert [(one.accepted, one.refusal) for one in await order.journal()] == [(True, None)]


@pytest.mark.parametrize(("error", "outcome", "refusal"), OUTCOMES, ids=["refused", "away"])
async def test_a_repair_that_was_not_done_is_told_with_the_reason_if_there_is_one(
    error: RPCError,
    outcome: str,
    refusal: str | None,
    app: AppUnderTest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = await torn_off(app)
    (found,) = await order.ailments()
    with monkeypatch.context() as patched:
        patched.setattr(order_workflows, "catch_up", answers(error))
        with pytest.raises(RPCError):
            await carry_out(app.pool, app.temporal, found, OPERATOR_NAME)
    end = {"outcome": outcome, "refusal": refusal}
    expected = deed("repair", "order", str(order.id), Remedy.START, **end)
    assert expected == await only(app, f"subject_id={order.id}")
    await order.repaired()


async def test_a_workflow_without_an_order_is_terminated_in_the_journal_too(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "delivered")
    async with astray(order, str(uuid4())) as name:
        words = ("repair", "--apply", "--terminate-orphans", "--by", OPERATOR_NAME)
        code, output = await on(app, *words, "--patience", "1")
        assert code == 0, output
    expected = deed("terminate", "workflow", name, REASON)
    assert expected == await only(app, f"subject_id={name}")
    assert expected == await only(app, f"deed=terminate&subject_id={name}")
    assert await orphan_workflows(app.pool, app.temporal, patience=0) == []


@pytest.mark.parametrize(("error", "outcome", "refusal"), OUTCOMES, ids=["refused", "away"])
async def test_a_termination_that_was_not_done_is_told_with_the_reason_if_there_is_one(
    error: RPCError,
    outcome: str,
    refusal: str | None,
    app: AppUnderTest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"order-{uuid4()}"
    orphan = OrphanWorkflow("orphan-workflow", f"workflow {name}", PROBLEM, name)
    monkeypatch.setattr(reconcile.orphan_workflows, "_terminate", answers(error))
    with pytest.raises(RPCError):
        await terminate(app.pool, app.temporal, orphan, OPERATOR_NAME)
    expected = deed("terminate", "workflow", name, REASON, outcome=outcome, refusal=refusal)
    assert expected == await only(app, f"subject_id={name}")


async def test_the_command_tells_repairs_and_terminations_with_their_outcomes(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, ended = await torn_off(app), f"order-{uuid4()}"
    (found,) = await order.ailments()
    with monkeypatch.context() as patched:
        for error in (REFUSAL, AWAY):
            patched.setattr(order_workflows, "catch_up", answers(error))
            with pytest.raises(RPCError):
                await carry_out(app.pool, app.temporal, found, OPERATOR_NAME)
    orphan = OrphanWorkflow("orphan-workflow", f"workflow {ended}", PROBLEM, ended)
    await terminate(app.pool, app.temporal, orphan, OPERATOR_NAME)
    await order.repaired()
    code, output = await on(app, "repair", "--journal")
    told = [line.partition(" UTC, ")[2] or line for line in output.splitlines()]
    repair = [f"{OPERATOR_NAME}: order {order.id} {found.problem};", f"  the repair {Remedy.START}"]
    refused = KEPT.replace("\x1b", "\\x1b")
    assert (code, told[-9:]) == (
        0,
        [
            *(*repair, f"  Temporal refused it: {refused}"),
            *(*repair, "  it was begun, and nobody noted what became of it"),
            f"{OPERATOR_NAME}: workflow {ended} was to be terminated: {REASON}",
            *repair,
        ],
    )
