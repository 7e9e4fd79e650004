"""The embedded stack: acknowledged data survive, what dies comes back, stopping leaves nothing."""

import asyncio
import os
import re
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from embedded import ports
from embedded.child import Child, launched
from embedded.data_directory import OWNER_VARIABLE, DataDirectory
from embedded.errors import (
    ChildFailed,
    DataDirInUse,
    NoDataDirectory,
    NoStack,
    PortTaken,
    StackError,
)
from embedded.orphan_processes import lives, stop_orphans
from embedded.ports import FREE_PORTS, Port, claim_ports, listener_on
from embedded.postgres import Postgres
from embedded.stack import Stack, environment, running_postgres, running_stack
from embedded.stack_file import ensure_secret, read_stack
from embedded.supervised_process import next_pause
from embedded.supervisor import Supervisor
from embedded.temporal import temporal_path, temporal_test_server_path
from embedded.unix_account import UnixAccount
from infra.token_roles import ROLES
from tests.app_under_test import PATIENCE_SECONDS
from workflows import attributes

ROOT = Path(__file__).parents[2]
API = """
import http.server, os

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/v1/health/ready" else 404)
        self.end_headers()

address = os.environ["SEQUESTRE_HOST"], int(os.environ["SEQUESTRE_PORT"])
http.server.HTTPServer(address, Ready).serve_forever()
"""
STAND_INS = {
    "api": (sys.executable, "-c", API),
    "worker": (sys.executable, "-c", "import signal; signal.pause()"),
}
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


async def eventually(
    condition: Callable[[], Awaitable[Any]], within: float = PATIENCE_SECONDS
) -> Any:
    """What the condition gives, once that is true."""
    async with asyncio.timeout(within):
        while not (value := await condition()):
            await asyncio.sleep(0.02)
        return value


def stack_on(data_dir: Path, **options: Any) -> AbstractAsyncContextManager[Stack]:
    options = {"port": 0, "temporal_port": 0, "temporal_ui_port": 0} | options
    return running_stack(data_dir, **{"fast": True, "programs": STAND_INS, **options})


def pid_of(stack: Stack, name: str) -> int:
    return int((stack.data_dir / "run" / f"{name}.pid").read_text())


def pid_files(data_dir: Path) -> dict[str, int]:
    return {file.stem: int(file.read_text()) for file in data_dir.glob("run/*.pid")}


async def killed(stack: Stack, name: str) -> int:
    """Kills a part of the stack and gives the process id of what took its place."""
    old = pid_of(stack, name)
    os.kill(old, signal.SIGKILL)

    async def replaced() -> int:
        with suppress(OSError, ValueError):  # as long as there is none, or half of it
            new = pid_of(stack, name)
            return new if new != old and stack.pids.get(name) == new else 0
        return 0

    return int(await eventually(replaced))


async def query(where: Stack | Postgres, sql: str) -> Any:
    url = where.database_url if isinstance(where, Stack) else where.database_url()
    connection = await asyncpg.connect(url, timeout=PATIENCE_SECONDS)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def answer(stack: Stack, sql: str) -> Any:
    """The answer of a database that may be restarting."""

    async def asked() -> Any:
        with suppress(OSError, asyncpg.PostgresError):
            return await query(stack, sql)

    return await eventually(asked)


def alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return lives(psutil.Process(pid))
    return False


async def gone(*pids: int) -> None:
    """Waits until none of the processes is left."""

    async def none() -> bool:
        return not any(alive(pid) for pid in pids)

    await eventually(none)


def family(stack: Stack) -> list[int]:
    """The stack's processes and theirs."""
    own = [psutil.Process(pid) for pid in stack.pids.values()]
    return [each.pid for process in own for each in (process, *process.children(recursive=True))]


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    # Durable, unlike in other tests.
    async with stack_on(tmp_path_factory.mktemp("stack"), fast=False) as running:
        yield running


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that one stack after the other runs on: it is most of a start to fill a new
    one. Any of them may be the first."""
    return tmp_path_factory.mktemp("used")


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for PostgreSQL alone, whose path is too long for a socket."""
    return tmp_path_factory.mktemp("deep") / ("d" * 60) / ("e" * 60)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DataDirectory]:
    directory = DataDirectory.at(tmp_path)
    with directory.held():
        yield directory


async def test_postgresql_is_set_up_for_the_product(stack: Stack) -> None:
    assert await query(stack, "SELECT current_database()") == "sequestre"
    assert await query(stack, "SHOW timezone") == "UTC"
    assert await query(stack, "SHOW server_encoding") == "UTF8"
    assert await query(stack, "SHOW max_connections") == "200"
    assert await query(stack, "SHOW fsync") == "on"
    assert await query(stack, "SHOW listen_addresses") == ""
    assert await query(stack, "SELECT upper('é')") == "É"


async def test_acknowledged_rows_survive_a_killed_postgresql(stack: Stack) -> None:
    await query(stack, "SELECT 42 AS n INTO kept")
    old = pid_of(stack, "postgres")
    await killed(stack, "postgres")
    assert await answer(stack, "SELECT n FROM kept") == 42
    new = pid_of(stack, "postgres")  # the first one ends where the old one's children still do
    assert new != old
    assert psutil.Process(new).name() == "postgres"


async def test_a_killed_temporal_still_knows_its_workflows(stack: Stack) -> None:
    client = await Client.connect(stack.temporal_address)
    await client.start_workflow("Waiting", id="kept", task_queue="nobody")
    await killed(stack, "temporal")

    async def described() -> Any:
        with suppress(RPCError):
            return await client.get_workflow_handle("kept").describe()

    description = await eventually(described)
    assert description.status == WorkflowExecutionStatus.RUNNING


async def test_temporal_has_the_search_attributes(stack: Stack) -> None:
    client = await Client.connect(stack.temporal_address)
    request = ListSearchAttributesRequest(namespace="default")
    answered = await client.operator_service.list_search_attributes(request)
    assert attributes.TYPES.keys() <= set(answered.custom_attributes)


@pytest.mark.parametrize("name", ["api", "worker"])
async def test_a_killed_program_is_started_again(stack: Stack, name: str) -> None:
    old = pid_of(stack, name)
    new = await killed(stack, name)
    assert new != old

    assert (await told(stack, name))["TEMPORAL_ADDRESS"] == stack.temporal_address


async def told(stack: Stack, name: str) -> dict[str, str]:
    """What a program was told, once it runs: until then it has what the supervisor was told."""

    async def look() -> dict[str, str]:
        with suppress(psutil.NoSuchProcess):
            found = psutil.Process(stack.pids[name]).environ()
            return found if "SEQUESTRE_DATABASE_URL" in found else {}
        return {}

    return dict(await eventually(look))


async def test_programs_are_told_where_the_stack_answers(stack: Stack) -> None:
    given = await told(stack, "worker")
    assert given["SEQUESTRE_DATABASE_URL"] == stack.database_url
    assert stack.api_url.endswith(f":{given['SEQUESTRE_PORT']}")
    assert given["TEMPORAL_CONFIG_FILE"] == os.devnull  # there, and empty
    # Set, so that no .env of whoever starts it says how its own tokens are read.
    names = dict(pair.split("=") for pair in given["SEQUESTRE_ROLE_NAMES"].split(","))
    assert names == {role: role for role in ROLES}
    assert given["SEQUESTRE_ROLES_CLAIM"] == "roles"


async def test_the_key_of_tokens_is_the_apis_alone(stack: Stack) -> None:
    given = {name: psutil.Process(pid).environ() for name, pid in stack.pids.items()}
    given |= {name: await told(stack, name) for name in ("api", "worker")}
    holders = [name for name, one in given.items() if stack.jwt_secret in str(one)]
    assert holders == ["api"]
    assert given["api"]["SEQUESTRE_JWT_SECRET"] == stack.jwt_secret


async def test_the_entrance_is_the_apis_alone(stack: Stack) -> None:
    given = {name: await told(stack, name) for name in ("api", "worker")}
    said = {name: one["SEQUESTRE_DEMO_ENTRANCE"] for name, one in given.items()}
    assert said == {"api": "true", "worker": "false"}


@pytest.mark.parametrize(
    ("set_here", "expected"),
    [
        ({}, "true"),
        ({"SEQUESTRE_DEMO_ENTRANCE": "false"}, "false"),
        ({"SEQUESTRE_PUBLIC_URL": "http://localhost:9000"}, "true"),
        ({"SEQUESTRE_PUBLIC_URL": "https://tunnel.example.org"}, "false"),
    ],
    ids=str,
)
def test_a_stack_that_others_reach_has_no_entrance(
    stack: Stack, set_here: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in set_here.items():
        monkeypatch.setenv(name, value)
    assert expected == environment(stack, "api")["SEQUESTRE_DEMO_ENTRANCE"]


async def test_other_commands_find_a_running_stack(stack: Stack) -> None:
    info = read_stack(stack.data_dir)
    assert info.database_url == stack.database_url
    assert info.api_url == stack.api_url
    assert len(info.jwt_secret) >= 43
    assert info.jwt_secret_file.stat().st_mode & 0o777 == 0o600


async def test_a_second_stack_on_the_same_data_is_refused(stack: Stack) -> None:
    with pytest.raises(DataDirInUse, match=f"in use by another .*process {os.getpid()}"):
        async with stack_on(stack.data_dir):
            pass
    assert await query(stack, "SELECT 1") == 1


async def test_a_taken_port_is_refused(stack: Stack, tmp_path: Path) -> None:
    taken = int(stack.temporal_address.rpartition(":")[2])
    sentence = f"Port {taken} (Temporal) is taken. Choose another with --temporal-port."
    with pytest.raises(PortTaken, match=re.escape(sentence)):
        async with stack_on(tmp_path, temporal_port=taken):
            pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(PortTaken):
        async with stack_on(tmp_path / "made" / "for it", temporal_port=taken):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_directory_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text("root")
    (tmp_path / "logs").mkdir()
    tmp_path.chmod(0o755)
    with pytest.raises(NoDataDirectory, match="has other things in it, and none of a stack's"):
        async with stack_on(tmp_path):
            pass
    assert {one.name for one in tmp_path.iterdir()} == {"passwd", "logs"}
    assert tmp_path.stat().st_mode & 0o777 == 0o755


async def test_up_says_which_port_is_taken(stack: Stack, tmp_path: Path) -> None:
    taken = stack.api_url.rpartition(":")[2]
    options = ("--port", taken, "--data-dir", str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "up", *options), cwd=ROOT, stdout=PIPE
    )
    said, _ = await process.communicate()
    assert said.decode() == f"Port {taken} (API) is taken. Choose another with --port.\n"
    assert process.returncode == 2
    assert list(tmp_path.iterdir()) == []


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


async def test_left_overs_are_stopped_and_strangers_are_not(directory: DataDirectory) -> None:
    left = await waiting({OWNER_VARIABLE: str(directory.path)})
    stranger = await waiting({OWNER_VARIABLE: f"{directory.path}-of-another"})
    directory.pid_file("worker").write_text(f"{left.pid}\n")
    directory.pid_file("api").write_text(f"{stranger.pid}\n")
    said: list[str] = []
    await stop_orphans(directory, said.append)
    assert await left.wait() == -signal.SIGTERM
    assert stranger.returncode is None
    assert said == [f"Stopping what is left of an earlier run: process {left.pid}."]
    assert pid_files(directory.path) == {}
    stranger.kill()
    await stranger.wait()


async def test_a_stale_lock_with_a_reused_process_id_does_not_keep_postgresql_away(
    deep: Path,
) -> None:
    async with running_postgres(deep, fast=True) as postgres:
        lock = postgres.data / "postmaster.pid"
        text = lock.read_text()
    stranger = await waiting({}, account=postgres.account)
    lock.write_text(text.replace(text.splitlines()[0], str(stranger.pid), 1))
    async with running_postgres(deep, fast=True) as postgres:
        assert await query(postgres, "SELECT 1") == 1
    stranger.kill()
    await stranger.wait()


async def test_a_path_too_long_for_a_socket_is_no_obstacle(deep: Path) -> None:
    async with running_postgres(deep, fast=True) as postgres:
        assert postgres.sockets != postgres.data
        assert len(str(postgres.sockets / ".s.PGSQL.5432")) < 108
        assert await query(postgres, "SELECT 1") == 1
    assert not postgres.sockets.exists()


async def test_a_child_that_never_gets_ready_is_given_up(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.supervisor.DEATHS", 2)

    async def never() -> bool:
        return False

    said: list[str] = []
    supervisor = Supervisor(directory, said.append)
    code = "print('no such thing'); raise SystemExit(3)"
    child = Child(name="worker", argv=(sys.executable, "-c", code), env={}, ready=never)
    with pytest.raises(ChildFailed, match=r"(?s)worker ended 2 times .*no such thing"):
        await supervisor.start(child)
    await supervisor.stop()
    assert said == ["worker stopped with exit code 3; starting it again."] * 2


async def test_a_child_that_will_not_stop_is_killed(directory: DataDirectory) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    argv = (sys.executable, "-c", f"{code}; signal.pause()")

    async def deaf() -> bool:
        return "deaf" in directory.log_file("worker").read_text()

    supervisor = Supervisor(directory, lambda _: None)
    await supervisor.start(Child(name="worker", argv=argv, env={}, ready=deaf, grace=0.1))
    (pid,) = supervisor.pids.values()
    await supervisor.stop()
    assert not alive(pid)


async def test_a_long_log_is_put_aside(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.child.LOG_BYTES", 3)
    log = directory.log_file("worker")
    log.write_text("long")
    supervisor = Supervisor(directory, lambda _: None)
    await supervisor.start(Child(name="worker", argv=STAND_INS["worker"], env={}))
    await supervisor.stop()
    assert log.with_name("worker.log.1").read_text() == "long"
    assert log.read_text() == ""


def test_pauses_grow_while_a_child_dies_young() -> None:
    pauses = [0.0]
    for _ in range(7):
        pauses.append(next_pause(pauses[-1], lived=1.0))
    assert pauses[1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert next_pause(5.0, lived=10.0) == 0.2


def test_free_ports_are_all_different() -> None:
    found = claim_ports(*(Port(0, "API", "--port") for _ in range(20)))
    assert len(set(found)) == 20
    assert set(found) <= set(FREE_PORTS)


def test_where_those_are_all_taken_the_system_gives_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listener_on(Port(0, "API", "--port")) as taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr(ports, "FREE_PORTS", range(number, number + 1))
        assert claim_ports(Port(0, "API", "--port")) != [number]


def test_the_binaries_are_there() -> None:
    assert os.access(temporal_path(), os.X_OK)
    assert os.access(temporal_test_server_path(), os.X_OK)


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


async def waiting(env: dict[str, str], account: UnixAccount | None = None) -> Process:
    """A process that does nothing, once it has begun to."""
    # No `exec`: while a process exchanges its program, its environment cannot be read.
    program = ("/bin/sh", "-c", "echo; read -r _")
    process = await asyncio.create_subprocess_exec(
        *launched(program, account), env=env, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout
    await process.stdout.readline()
    return process


SPOILED = {
    "empty": "",
    "blank": " " * 64,
    "short": "too-short",
}


@pytest.mark.parametrize("name", ["secret", "secrets-key"])
@pytest.mark.parametrize("text", SPOILED.values(), ids=SPOILED)
async def test_a_key_that_is_none_is_told_before_anything_starts(
    name: str, text: str, passable: Path
) -> None:
    directory = DataDirectory.at(Path(tempfile.mkdtemp(dir=passable)))
    with directory.held():
        ensure_secret(directory)
    (directory.path / name).write_text(text)
    with pytest.raises(StackError, match=f"{directory.path / name} holds no key"):
        async with running_stack(directory.path):
            pass
    assert not [*directory.run.glob("*.pid")]
