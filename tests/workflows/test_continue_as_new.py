"""An order that goes on for long goes on in a fresh run, and forgets nothing.

A run is renewed after so many events; the tests make it few. That takes a worker whose sandbox uses
the modules of the test, see `patchable`.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.common import RawValue
from temporalio.testing import WorkflowEnvironment

import workflows.order
from domain.operator_text import CONTINUED
from domain.order import Order
from domain.standing import since
from domain.vocabulary import Action, Role, State
from tests.app_under_test import eventually
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    NOW,
    SELLER,
    delivered,
    in_progress,
    late,
    pending,
    runs_out,
)
from tests.temporal_server import time_skipping_server
from tests.workflows.gate import Gate, client_through, patchable, unplugged
from tests.workflows.provider_acts import DISPUTED, WON, told
from tests.workflows.recording import Event
from tests.workflows.stage import (
    ACCEPT,
    AT_REST,
    COMPLETE,
    DELIVER,
    NO,
    OFFER,
    PROPOSE,
    REVISE,
    SIGN,
    TAKE,
    WISH,
    Case,
    Stage,
    brought_to,
    failures,
    kind_of,
    made_id,
    of_kind,
)
from workflows.inbox import Inbox
from workflows.order import HEAVIEST_START
from workflows.start import OrderStart

LONGEST = 25
A_TURN = 20
"""No step of an order takes more events than this."""
CROWD = 20
OFTEN = 3
REVISION = (DELIVER, REVISE, (Action.ACCEPT_REVISION, SELLER))


@pytest.fixture(scope="module", autouse=True)
def short_runs() -> Iterator[None]:
    """Runs are renewed after few events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflows.order, "LONGEST_HISTORY", LONGEST)
        yield


@pytest.fixture(scope="module")
async def hasty() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time: the real one lets no run begin within a second of the one before
    it."""
    async with await time_skipping_server() as server:
        yield server


@pytest.fixture
def deserted(hasty: WorkflowEnvironment) -> Stage:
    """A stage there. No worker works until the test calls for one."""
    return Stage(hasty)


@pytest.fixture(scope="module")
async def stage(hasty: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """A stage there with a worker that sees what the tests have patched."""
    stage = Stage(hasty)
    client = unplugged(stage.client)
    async with stage.working(client=client, workflow_runner=patchable()):
        yield stage


@pytest.fixture(scope="module")
async def long_order(stage: Stage) -> Case:
    """An order that has been through many rounds, between which it came to rest."""
    case = await stage.order()
    for step in (ACCEPT, *REVISION * OFTEN):
        await brought_to(case, step)
        await case.rests()
    return case


async def runs(case: Case) -> list[list[HistoryEvent]]:
    """The histories of all runs of the order, the first one first."""
    found = []
    run_id = case.handle.first_execution_run_id
    while run_id:
        handle = case.stage.client.get_workflow_handle(case.handle.id, run_id=run_id)
        history = [event async for event in handle.fetch_history_events()]
        found.append(history)
        run_id = history[
            -1
        ].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return found


async def current(case: Case) -> str:
    """The id of the run that the order is in."""
    begun = (await case.history())[0].workflow_execution_started_event_attributes
    return begun.original_execution_run_id


async def renewed(case: Case) -> Case:
    """The order after so many refused signals by hand that it is in another run."""
    before = await current(case)
    while await current(case) == before:
        known = len(case.journal)
        await case.by_hand("accept_revision", BUYER)
        await case.entries(known + 1)
        await case.rests()
    return case


def names(history: Sequence[HistoryEvent]) -> set[str]:
    """The kinds of events in a history."""
    return {kind_of(event) for event in history}


async def test_an_order_of_many_rounds_keeps_what_it_is(long_order: Case) -> None:
    order = long_order.order
    assert (State.IN_PROGRESS, 7 + 1 + 3 * OFTEN) == (order.state, order.version)
    assert order == await long_order.handle.query("order", result_type=Order)
    await long_order.is_well()


async def test_the_history_of_each_run_is_bounded(long_order: Case) -> None:
    histories = await runs(long_order)
    assert len(histories) >= 3
    assert LONGEST + A_TURN > max(len(history) for history in histories)
    assert [] == [failure for history in histories for failure in failures(history)]


async def test_each_run_knows_what_it_is_found_by(long_order: Case) -> None:
    assert {
        "OrderState": "in_progress",
        "OrderWaitsFor": "seller",
        "OrderDeadline": runs_out(long_order.order),
        "OrderSince": since(long_order.order).replace(microsecond=0),
        "BuyerId": "bea",
        "SellerId": "sam",
    } == await long_order.found_by()


async def test_a_run_that_was_continued_tells_of_nothing_any_more(long_order: Case) -> None:
    first = long_order.run(long_order.handle.first_execution_run_id)
    metadata = "__temporal_workflow_metadata"
    told = await first.handle.query(metadata, result_type=WorkflowMetadata)
    now = await long_order.handle.query(metadata, result_type=WorkflowMetadata)
    assert CONTINUED == told.current_details
    assert now.current_details.startswith("**in progress**")


async def test_an_order_of_many_rounds_comes_to_its_end(stage: Stage) -> None:
    case = await renewed(await stage.order(delivered()))
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ("complete", 1600) == (case.told[-1], case.seller_got)


async def test_a_deadline_is_the_same_in_every_run(stage: Stage) -> None:
    case = await stage.order(delivered(), 7 * DAY)
    due = runs_out(case.order)
    assert due is not None
    for _ in range(2):
        await renewed(case)
    assert due == runs_out(case.order)
    timers = [t for history in await runs(case) for t in of_kind(history, "TIMER_STARTED")]
    for timer in timers:
        length = timer.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        fires = timer.event_time.ToDatetime(due.tzinfo) + length
        assert due < fires < due + timedelta(minutes=1)


async def test_a_deadline_passes_in_a_later_run(stage: Stage) -> None:
    case = await stage.order(delivered(), 7 * DAY)
    for _ in range(OFTEN):
        await stage.sleep(HOUR)
        await case.does(*ACCEPT)
    outcome = await case.handle.result()
    assert (State.COMPLETED, ["!accept"] * OFTEN + ["complete"]) == (outcome.kind, case.told)
    assert len(await runs(case)) > 1
    assert 1600 == case.seller_got


async def test_a_request_is_remembered_in_the_next_run(stage: Stage) -> None:
    case = await stage.order()
    await case.by_hand(*COMPLETE, request_id="r-1")
    await renewed(case)
    stage.database.rows[case.id].requests.clear()  # so that only the workflow remembers
    known = len(case.journal)
    await case.by_hand(*COMPLETE, request_id="r-1")
    await case.by_hand(*ACCEPT)
    await case.entries(known + 1)
    assert ["accept"] == case.told[known:]


async def test_signals_by_hand_are_numbered_on_in_the_next_run(stage: Stage) -> None:
    case = await renewed(await renewed(await stage.order()))
    expected = [made_id(case, number) for number in range(1, len(case.journal) + 1)]
    assert expected == [event.request_id for event in case.journal]


async def open_to_everything(stage: Stage, money: int = 1_000) -> Case:
    """An order with an offer, a wish to cancel and a proposal of either side open."""
    case = await stage.order(in_progress(), 60 * DAY, in_wallet=money)
    return await brought_to(case, OFFER, WISH, PROPOSE, (Action.PROPOSE_SETTLEMENT, BUYER))


async def test_what_is_open_on_an_order_is_carried_into_later_runs(stage: Stage) -> None:
    case = await open_to_everything(stage)
    before = case.order
    for _ in range(2):
        await renewed(case)
    assert before == case.order
    assert before == await case.handle.query("order", result_type=Order)
    assert before.offer is not None
    assert before.cancellation_request is not None
    assert 2 == len(before.settlements)
    await case.is_well()


async def test_an_offer_is_taken_in_a_later_run(stage: Stage) -> None:
    case = await renewed(await open_to_everything(stage))
    await brought_to(case, TAKE)
    assert (-700, ()) == (case.buyer_got, case.order.settlements)


async def test_a_settlement_is_signed_in_a_later_run(stage: Stage) -> None:
    case = await renewed(await open_to_everything(stage))
    (theirs,) = [one for one in case.order.settlements if one.proposed_by == SELLER]
    await case.by_hand(*SIGN, settlement_id=theirs.id)
    assert State.SETTLED == (await case.handle.result()).kind
    assert (500, 1200) == (case.buyer_got, case.seller_got)


async def test_a_second_refusal_in_a_later_run_opens_the_dispute(stage: Stage) -> None:
    case = await renewed(await brought_to(await open_to_everything(stage), NO))
    await brought_to(case, WISH)
    await renewed(case)
    await brought_to(case, NO)
    assert State.DISPUTED == case.order.state


async def test_reminders_and_windows_pass_in_later_runs_each_at_its_instant(stage: Stage) -> None:
    case = await open_to_everything(stage)
    order, minute = case.order, timedelta(minutes=1)
    assert order.offer is not None
    assert order.cancellation_request is not None
    wish, offer = order.cancellation_request, order.offer
    expected = [
        (DAY, "order.cancellation_answer_reminder", wish.remind_at),
        (DAY, "order.cancellation_unanswered", wish.answer_by),
        (4 * DAY, "order.offer_reminder", offer.remind_at),
        (DAY, "order.offer_lapsed", offer.lapses_at),
    ]
    for wait, name, at in expected:
        await renewed(case)
        event = await case.after(wait, name)
        assert at is not None
        assert at < event.at < at + minute
    assert [name for _, name, _ in expected] == [one.event for one in by_itself(case)]
    assert len(await runs(case)) > len(expected)
    await case.rests()
    await case.is_well()


def by_itself(case: Case) -> list[Event]:
    """What the order did of itself."""
    return [one for one in case.journal if one.actor and one.actor.role is Role.DEADLINE]


async def test_an_order_that_waits_is_not_renewed(stage: Stage) -> None:
    case = await stage.order()
    await case.rests()
    assert [{"WORKFLOW_EXECUTION_STARTED"}] == [
        names(history) & {"WORKFLOW_EXECUTION_STARTED", "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"}
        for history in await runs(case)
    ]


@pytest.mark.parametrize("single_batch", [False, True], ids=["signals first", "single batch"])
async def test_a_signal_while_the_order_is_renewed_is_answered(
    single_batch: bool, unmanned: Stage
) -> None:
    gate = Gate(b'{"order_of_generation":{')
    worker = unmanned.working(
        client=client_through(gate, unmanned.client),
        workflow_runner=patchable(),
        single_batch=single_batch,
    )
    async with worker, gate:
        case = await unmanned.order(task_timeout=timedelta(minutes=1))
        while not gate.reached.is_set():
            await case.by_hand("accept_revision", BUYER)
            await held_or_at_rest(gate, case)
        await case.by_hand(*ACCEPT)
        gate.open.set()
        await case.stands(lambda order: order.state is State.IN_PROGRESS)
        assert "accept" == case.told[-1]
        await eventually(lambda: runs(case), lambda histories: len(histories) == 2)
        await case.rests()
        await case.is_well()
    assert 1 == len(of_kind((await runs(case))[0], "WORKFLOW_TASK_FAILED"))


async def held_or_at_rest(gate: Gate, case: Case) -> None:
    """Waits until the renewal is held at the gate, or until nothing is under way."""

    async def look() -> bool:
        return gate.reached.is_set() or kind_of((await case.history())[-1]) in AT_REST

    await eventually(look)


async def test_a_cancellation_of_a_renewed_order_is_carried_out(stage: Stage) -> None:
    case = await renewed(await stage.order())
    await case.handle.cancel()
    assert State.CANCELLED == (await case.handle.result()).kind
    assert ("cancel", 2000) == (case.told[-1], case.buyer_got)


async def test_a_cancellation_is_not_taken_for_one_that_was_refused_in_an_earlier_run(
    unmanned: Stage,
) -> None:
    client = unplugged(unmanned.client)
    async with unmanned.working(client=client, workflow_runner=patchable()):
        case = await unmanned.order(late())
        await told(case, DISPUTED)
        await case.handle.cancel()
        await case.entries(2)
        await told(case, WON)
        assert ["payment_disputed", "!cancel", "payment_dispute_won"] == case.told
        await renewed(case)
        await case.handle.cancel()
        await case.stands(lambda order: order.state is State.CANCELLED)
        assert ("cancel", 2000) == (case.told[-1], case.buyer_got)
        await case.handle.result()


async def test_a_crowd_of_signals_does_not_make_a_run_long(deserted: Stage) -> None:
    case = await deserted.order()
    for _ in range(CROWD):
        await case.by_hand("accept_revision", BUYER)
    client = unplugged(deserted.client)
    async with deserted.working(client=client, workflow_runner=patchable()):
        await case.entries(CROWD)
        await case.rests()
    longest = max(len(history) for history in await runs(case))
    assert LONGEST + CROWD + A_TURN > longest


CARRIED: dict[str, Any] = {
    "bytes": b"\xff\x00\xfe",
    "a deep list": RawValue(
        Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 190 + b"]" * 190)
    ),
    "no number": RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"[NaN,Infinity]")),
    "a huge number": 10**300,
    "nothing": None,
}


async def test_whatever_waits_is_carried_into_the_next_run(deserted: Stage) -> None:
    await carries(deserted, [*CARRIED.values()] * (LONGEST // len(CARRIED) + 1))


async def test_much_that_waits_is_carried_into_the_next_run(unmanned: Stage) -> None:
    """More than Temporal takes in one piece, which is 2 MB."""
    await carries(unmanned, [{"actor": "x" * 150_000}] * LONGEST)


def test_what_is_carried_is_what_was_weighed() -> None:
    inbox = Inbox((), 0, (), "origin")
    while inbox.size_bytes < HEAVIEST_START and len(inbox.waiting) < 2_500:
        inbox.receive("x" * 1_000, None, NOW)
    start = OrderStart(order=pending(), letters=inbox.waiting)
    assert len(start.model_dump_json()) < 2 * 1024 * 1024


async def test_an_order_is_renewed_when_its_history_is_large(unmanned: Stage) -> None:
    """From 4 MB on, Temporal suggests it (`is_continue_as_new_suggested`)."""
    case = await unmanned.order()
    for _ in range(4):
        await case.handle.signal("accept_revision", {"actor": "x" * 1_900_000})
    async with unmanned.working():
        await case.entries(4)
        await case.rests()
        await case.by_hand(*ACCEPT)
        await case.stands(lambda order: order.state is State.IN_PROGRESS)
        await case.rests()
    assert len(await runs(case)) > 1


async def carries(stage: Stage, messages: list[Any]) -> None:
    """Asserts that signals which wait for a worker are each answered, in several runs."""
    case = await stage.order()
    for message in messages:
        await case.handle.signal("accept_revision", message)
    await case.by_hand(*ACCEPT)
    async with stage.working(client=unplugged(stage.client), workflow_runner=patchable()):
        await case.entries(len(messages) + 1)
        await case.rests()
    assert [*["!accept_revision"] * len(messages), "accept"] == case.told
    histories = await runs(case)
    assert len(histories) > 1
    assert [] == [failure for history in histories for failure in failures(history)]
    await case.is_well()
