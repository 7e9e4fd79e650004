"""What was asked of a newer release waits for a worker of it; what an older one began goes on."""

from typing import Any, cast

import pytest
from temporalio.client import WorkflowExecutionStatus

import domain.step
import workflows.order
from domain.generation import GENERATION
from domain.order import Order
from domain.vocabulary import Action, Code, State
from tests.domain.examples import BUYER, SELLER, delivered, in_progress, pending
from tests.workflows.commands import commands_in
from tests.workflows.gate import patchable, unplugged
from tests.workflows.mutated import FromBeforeGenerations
from tests.workflows.recording import Request
from tests.workflows.stage import ACCEPT, COMPLETE, DELIVER, Case, Stage, failures, fresh
from workflows.order import OrderWorkflow, workflow_id
from workflows.start import OrderStart

NEWER = GENERATION + 1
"""That of a release that does not exist yet."""


def asked_in(generation: int, case: Case, action: str, **fields: Any) -> tuple[str, Request]:
    """A request that an API of that generation has written down, and its id."""
    by = SELLER.model_dump(mode="json")
    signal = {**fields, "actor": by, "generation": generation}
    request = Request(action, signal, case.order.created_at)
    case.database.write_request(case.id, f"by-{generation}", request)
    return f"by-{generation}", request


async def signalled(case: Case, request_id: str, request: Request) -> None:
    """What the API or the relay does next."""
    stamp = {"request_id": request_id, "received_at": request.received_at.isoformat()}
    await case.handle.signal(request.action, {**request.signal, **stamp})


async def waits(case: Case) -> None:
    """Returns once the workflow has left a task to a newer worker."""
    (failed, *_) = await case.happened("WORKFLOW_TASK_FAILED")
    said = failed.workflow_task_failed_event_attributes.failure.message
    assert f"Asked in generation {NEWER}; this worker knows {GENERATION}" in said


def of_the_next_release(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of a worker that knows one generation more."""
    for module in (domain.step, workflows.order):
        monkeypatch.setattr(module, "GENERATION", NEWER)
    return {"client": unplugged(stage.client), "workflow_runner": patchable()}


@pytest.mark.parametrize("action", ["accept", "hypnotise"])
async def test_what_a_newer_api_asks_for_is_not_refused_by_an_older_worker(
    action: str, unmanned: Stage
) -> None:
    async with unmanned.working():
        case = await unmanned.order()
        await signalled(case, *asked_in(NEWER, case, action))
        await waits(case)
    assert ([], State.PENDING) == (case.told, case.order.state)
    assert case.database.rows[case.id].requests[f"by-{NEWER}"].outcome is None


async def test_a_newer_worker_does_it_once(
    unmanned: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with unmanned.working():
        case = await unmanned.order()
        asked = asked_in(NEWER, case, "accept")
        await signalled(case, *asked)
        await waits(case)
        await signalled(case, *asked)  # the relay, meanwhile
        await case.by_hand(*DELIVER, message="m")
    async with unmanned.working(**of_the_next_release(unmanned, monkeypatch)):
        await case.entries(2)
        await case.rests()
    assert ["accept", "deliver"] == case.told
    assert {None, "newer"} == {None, *case.database.statuses} - {"recorded"}


async def test_a_newer_worker_finds_the_request_under_the_name_that_it_knows(
    unmanned: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal's handler was not known when it came, so its id was all that told it apart."""
    async with unmanned.working():
        case = await unmanned.order()
        asked = asked_in(NEWER, case, "hypnotise")
        await signalled(case, *asked)
        await waits(case)
    async with unmanned.working(**of_the_next_release(unmanned, monkeypatch)):
        event = await case.answer_to(asked[0])
        await case.rests()
    # Nor does this one know the action; but it answers the request itself, and once.
    assert ["!hypnotise"] == case.told
    assert Code.INVALID_REQUEST == event.code


async def test_a_signal_by_hand_that_claims_to_be_newer_is_judged_as_ever(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand("hypnotise", SELLER, generation=NEWER, request_id="r-1")
    await case.by_hand("accept", SELLER, generation=10**9)
    await case.by_hand("deliver", SELLER, generation="no number", message="m")
    await case.entries(3)
    assert ["!hypnotise", "accept", "deliver"] == case.told
    await case.is_well()


async def test_an_order_that_a_newer_release_began_waits_for_it(unmanned: Stage) -> None:
    order = fresh(pending())
    unmanned.database.place(order)
    start = OrderStart(order=order).model_dump(mode="json", by_alias=True)
    handle = await unmanned.client.start_workflow(
        OrderWorkflow.run,
        cast(OrderStart, {**start, "generation": NEWER}),
        id=workflow_id(order.id),
        task_queue=unmanned.queue,
    )
    case = Case(unmanned, handle, order.id)
    await case.by_hand(*ACCEPT)
    async with unmanned.working():
        await case.happened("WORKFLOW_TASK_FAILED")
    assert ([], WorkflowExecutionStatus.RUNNING) == (case.told, await case.status())


async def test_a_worker_of_before_generations_leaves_the_orders_of_today_alone(
    unmanned: Stage,
) -> None:
    """It would write a step with an activity that no worker of today replays."""
    case = await unmanned.order()
    await case.by_hand(*ACCEPT)
    async with unmanned.working(workflows=[FromBeforeGenerations]):
        await case.happened("WORKFLOW_TASK_FAILED")
    assert [] == case.told
    async with unmanned.working():
        await case.entries(1)
    assert ["accept"] == case.told


MONEY: dict[str, tuple[Order, Action, str]] = {
    "refused": (pending(), Action.COMPLETE, "record_refusal"),
    "credited": (delivered(), Action.COMPLETE, "credit_wallet"),
    "moved nothing": (delivered(), Action.REQUEST_REVISION, "record_step"),
}


async def types_of(stage: Stage, order: Order, action: Action) -> set[str]:
    """The activities by which the buyer's action was written."""
    case = await stage.order(order)
    await case.by_hand(action, BUYER, reason="r")
    await case.entries(1)
    await case.rests()
    return await activities_in(case)


@pytest.mark.parametrize(("order", "action", "was"), MONEY.values(), ids=MONEY)
async def test_one_type_writes_every_step_but_in_runs_of_before(
    order: Order, action: Action, was: str, stage: Stage
) -> None:
    assert {"local activity record_step"} == await types_of(stage, order, action)
    for generation in (1, 2):
        stage.generation = generation
        assert {"activity record_step"} == await types_of(stage, order, action)
    stage.generation = 0
    assert {f"activity {was}"} == await types_of(stage, order, action)


@pytest.mark.parametrize(
    ("generation", "does"), [(0, "record_refusal"), (1, "record_step"), (2, "record_step")]
)
async def test_a_run_of_before_is_continued_in_the_generation_of_today(
    generation: int, does: str, unmanned: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflows.order, "LONGEST_HISTORY", 30)
    unmanned.generation = generation
    runner = {"client": unplugged(unmanned.client), "workflow_runner": patchable()}
    async with unmanned.working(**runner):
        case = await unmanned.order(in_progress())
        first = case.run(case.handle.first_execution_run_id)
        while not await first.happened_so_far("WORKFLOW_EXECUTION_CONTINUED_AS_NEW"):
            known = len(case.journal)
            await case.by_hand(*COMPLETE)
            await case.entries(known + 1)
            await case.rests()
        await case.by_hand(*COMPLETE)
        await case.entries(known + 2)
        await case.rests()
    assert {f"activity {does}"} == await activities_in(first)
    assert {"local activity record_step"} == await activities_in(case)
    assert [] == failures(await case.history())


async def activities_in(case: Case) -> set[str]:
    """What activities a run has begun, here and elsewhere."""
    commands = commands_in(await case.handle.fetch_history())
    return {command for command in commands if "activity " in command}
