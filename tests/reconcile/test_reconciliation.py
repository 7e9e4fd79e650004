"""The nightly reconciliation: scheduled once, and heard where something does not hold."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleDescription,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from activities.reconciliation import FIRST, Reconciled
from domain.operator_text import counted
from reconcile.schedule import PRUNING_ID, SCHEDULE_ID, nightly, schedule
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually
from tests.e2e.conftest import COMMAND
from tests.reconcile.conftest import tampered, under_repair
from tests.scraped import scraped, value
from workflows.reconciliation import in_words

BOTH = sorted([PRUNING_ID, SCHEDULE_ID])


async def schedules(client: Client) -> list[str]:
    """The ids of all schedules."""
    return sorted([one.id async for one in await client.list_schedules()])


async def described(client: Client, name: str = SCHEDULE_ID) -> ScheduleDescription:
    """The schedule as Temporal has it."""
    return await client.get_schedule_handle(name).describe()


async def triggered(client: Client) -> tuple[Reconciled, str]:
    """What a run finds that was asked for by hand, and its words for the Web UI."""
    known = (await described(client)).info.num_actions
    await client.get_schedule_handle(SCHEDULE_ID).trigger()

    async def look() -> ScheduleDescription:
        return await described(client)

    found = await eventually(look, lambda one: one.info.num_actions > known)
    started = found.info.recent_actions[-1].action
    assert isinstance(started, ScheduleActionExecutionStartWorkflow)
    handle = client.get_workflow_handle(started.workflow_id, result_type=Reconciled)
    result: Reconciled = await handle.result()
    said = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return result, said.current_details


@pytest.fixture
async def scheduled(app: AppUnderTest) -> Client:
    """Temporal, with the schedule."""
    await schedule(app.temporal)
    return app.temporal


@pytest.mark.parametrize(("name", "at"), [(SCHEDULE_ID, (3, 0)), (PRUNING_ID, (4, 30))])
async def test_each_is_every_night_at_its_time_and_never_twice_at_once(
    name: str, at: tuple[int, int], scheduled: Client
) -> None:
    found = (await described(scheduled, name)).schedule
    (calendar,) = found.spec.calendars
    assert [(hour.start, hour.end) for hour in calendar.hour] == [(at[0], at[0])]
    assert [(minute.start, minute.end) for minute in calendar.minute] == [(at[1], at[1])]
    assert found.policy.overlap == ScheduleOverlapPolicy.SKIP


async def test_however_many_ask_for_it_there_is_one_of_each(app: AppUnderTest) -> None:
    await asyncio.gather(*(schedule(app.temporal) for _ in range(5)))
    await eventually(lambda: schedules(app.temporal), lambda found: found == BOTH)


async def test_what_an_operator_paused_stays_paused(scheduled: Client) -> None:
    handle = scheduled.get_schedule_handle(SCHEDULE_ID)
    await handle.pause(note="while we restore a backup")
    await eventually(lambda: described(scheduled), lambda found: found.schedule.state.paused)
    await schedule(scheduled)
    state = (await described(scheduled)).schedule.state
    assert (state.paused, state.note) == (True, "while we restore a backup")
    await handle.unpause()


async def test_what_an_older_release_scheduled_is_brought_up_to_date(scheduled: Client) -> None:
    def other(_: ScheduleUpdateInput) -> ScheduleUpdate:
        old = nightly()
        old.policy.overlap = ScheduleOverlapPolicy.ALLOW_ALL
        return ScheduleUpdate(old)

    await scheduled.get_schedule_handle(SCHEDULE_ID).update(other)
    await schedule(scheduled)
    found = (await described(scheduled)).schedule
    assert found.policy.overlap == ScheduleOverlapPolicy.SKIP


async def test_a_run_that_finds_nothing_says_so(app: AppUnderTest, scheduled: Client) -> None:
    await (await under_repair(app, "in_progress")).is_sound()
    result, words = await triggered(scheduled)
    assert (result.books, result.differing, result.first) == (0, 0, ())
    assert f"**Nothing found** in {counted(result.orders, 'order')}: books" in words


async def test_a_run_names_a_posting_that_was_tampered_with(
    app: AppUnderTest, scheduled: Client
) -> None:
    order = await under_repair(app, "completed")
    with capture_logs() as logs:
        async with tampered(order):
            result, words = await triggered(scheduled)
    assert result.books > 0
    assert all(str(order.id) in one or "wallet of" in one for one in result.first)
    assert f"order {order.id}: posting order:{order.id}:hold" in words
    (alarm,) = [one for one in logs if one["event"] == "reconciliation found"]
    assert ("error", result.books) == (alarm["log_level"], alarm["books"])
    assert list(result.first) == alarm["first"]


async def test_a_run_names_an_order_whose_workflow_was_terminated(
    app: AppUnderTest, scheduled: Client
) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    result, _ = await triggered(scheduled)
    assert result.differing == 1
    problem = "is delivered and its workflow is terminated"
    assert result.first == (f"order {order.id}: {problem} (missing-workflow)",)
    await order.repaired()


def test_many_findings_are_counted_and_the_first_of_them_told() -> None:
    some = tuple(f"order {number}: is lost" for number in range(FIRST))
    words = in_words(Reconciled(orders=99, books=20, differing=5, first=some))
    assert words.startswith("**25 findings** in 99 orders: 20 about the books, 5 between")
    assert words.endswith("… and 5 more: `sequestre check` names them.")
    assert words.count("- `order") == FIRST


# --- the worker's process ------------------------------------------------------------------------


@asynccontextmanager
async def worker(app: AppUnderTest, **env: str) -> AsyncIterator[None]:
    """`sequestre worker` beside the app's own, once it has done what it does at its start."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "worker",
        env={**os.environ, **app.environment, **env},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while b"reconciliation scheduled" not in await process.stderr.readline():
            assert process.returncode is None
    yield
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


def free_address() -> str:
    """Where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


async def test_two_workers_at_one_address_for_metrics_both_work_and_leave_the_schedules(
    app: AppUnderTest, scheduled: Client
) -> None:
    """The second finds the schedules there and the address taken, and works without it."""
    env = {"SEQUESTRE_METRICS_ADDRESS": free_address()}
    await scheduled.get_schedule_handle(SCHEDULE_ID).delete()
    async with worker(app, **env), worker(app, **env):
        await eventually(lambda: schedules(scheduled), lambda found: found == BOTH)


async def test_a_worker_shows_what_was_found_to_prometheus(
    app: AppUnderTest, scheduled: Client
) -> None:
    address, began, of = free_address(), time.time(), {"check": "nightly"}
    order = await under_repair(app, "completed")
    async with tampered(order):
        result, _ = await triggered(scheduled)
    async with worker(app, SEQUESTRE_WORKER_METRICS_ADDRESS=address):
        shown = await eventually(
            lambda: scraped(address),
            lambda found: value(found, "sequestre_check_timestamp_seconds", **of) is not None,
        )
    assert result.books > 0
    assert value(shown, "sequestre_findings", about="books", **of) == result.books
    assert value(shown, "sequestre_findings", about="workflows", **of) == 0
    assert (value(shown, "sequestre_check_timestamp_seconds", **of) or 0) > began
