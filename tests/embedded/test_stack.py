"""The embedded stack: acknowledged data survive, what dies comes back, no two share their data."""

import asyncio
import os
import re
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from embedded.data_directory import DataDirectory
from embedded.errors import DataDirInUse, NoDataDirectory, PortTaken, StackError
from embedded.stack import Stack, environment, running_stack
from embedded.stack_file import ensure_secret, read_stack
from embedded.temporal import temporal_path, temporal_test_server_path
from infra.token_roles import ROLES
from tests.app_under_test import eventually
from tests.embedded.stacks import ROOT, answer, killed, pid_of, query, stack_on
from workflows import attributes


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    # Durable, unlike in other tests.
    async with stack_on(tmp_path_factory.mktemp("stack"), fast=False) as running:
        yield running


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

    return await eventually(look)


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


def test_the_binaries_are_there() -> None:
    assert os.access(temporal_path(), os.X_OK)
    assert os.access(temporal_test_server_path(), os.X_OK)


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
