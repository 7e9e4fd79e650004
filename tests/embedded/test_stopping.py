"""How a stack stops: nothing of it is left but its data, which the next one goes on with."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from embedded.errors import NoStack
from embedded.stack_file import read_stack
from tests.app_under_test import eventually
from tests.embedded.stacks import ROOT, family, gone, pid_files, query, stack_on

RUN = """
import asyncio, contextlib, pathlib, sys
from embedded.stack import running_stack
from embedded.supervisor import cancelled_by_signals

async def main():
    programs = {"worker": (sys.executable, "-c", "import signal; signal.pause()")}
    options = {"port": 0, "temporal_port": 0, "temporal_ui_port": 0, "programs": programs}
    with contextlib.suppress(asyncio.CancelledError), cancelled_by_signals():
        async with running_stack(pathlib.Path(sys.argv[1]), **options) as stack:
            await stack.wait_until_stopped()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that one stack after the other runs on: it is most of a start to fill a new
    one. Any of them may be the first."""
    return tmp_path_factory.mktemp("used")


async def test_data_survive_a_stop_and_a_start(used: Path) -> None:
    migrated: list[str] = []

    async def migrate(url: str) -> None:
        migrated.append(url)

    async with stack_on(used, programs={}, migrate=migrate) as first:
        await query(first, "SELECT 7 AS n INTO kept")
        client = await Client.connect(first.temporal_address)
        await client.start_workflow("Waiting", id="kept", task_queue="nobody")
    async with stack_on(used, programs={}, migrate=migrate) as second:
        assert await query(second, "SELECT n FROM kept") == 7
        client = await Client.connect(second.temporal_address)
        description = await client.get_workflow_handle("kept").describe()
        assert description.status == WorkflowExecutionStatus.RUNNING
        assert second.jwt_secret == first.jwt_secret
        assert migrated == [first.database_url, second.database_url]


async def test_stopping_leaves_neither_process_nor_pid_file(used: Path) -> None:
    async with stack_on(used) as running:
        pids = family(running)
        assert pid_files(used) == running.pids
    await gone(*pids)
    assert pid_files(used) == {}
    with pytest.raises(NoStack, match="No stack runs in"):
        read_stack(used)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_everything(used: Path, number: signal.Signals) -> None:
    process, running = await in_process_of_its_own(used)
    process.send_signal(number)
    assert await process.wait() == 0
    await gone(*running)
    assert pid_files(used) == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_children_end_with_a_killed_supervisor_and_a_new_one_carries_on(
    used: Path,
) -> None:
    process, running = await in_process_of_its_own(used)
    process.kill()
    await process.wait()
    async with stack_on(used, programs={}) as stack:
        await gone(*running)
        assert await query(stack, "SELECT 1") == 1


async def in_process_of_its_own(data_dir: Path) -> tuple[Process, list[int]]:
    """A stack that another process runs, and its children's process ids."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, str(data_dir), cwd=ROOT
    )

    async def started() -> bool:
        assert process.returncode is None
        with suppress(NoStack):
            return bool(read_stack(data_dir))
        return False

    await eventually(started)
    return process, [*pid_files(data_dir).values()]
