"""A data directory that somebody else planted, as a person comes upon it: no command adopts it."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from tests.app_under_test import PATIENCE_SECONDS
from tests.e2e.conftest import COMMAND
from tests.e2e.test_commands import run

STRANGER = 12_345
KNOWN = "k" * 64
COMMANDS = {
    "up": ("up", "--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0"),
    "token": ("token", "--sub", "ana", "--role", "user"),
    "check": ("check",),
    "repair": ("repair",),
}


def planted(directory: Path) -> Path:
    """What looks like the data directory of a stack that runs, with a secret that is known."""
    (directory / "run").mkdir(parents=True, mode=0o700)
    secret = directory / "secret"
    secret.touch(mode=0o600)
    secret.write_text(KNOWN)
    stack = {
        "data_dir": str(directory),
        "database_url": "postgresql://127.0.0.1:1/x",
        "temporal_address": "127.0.0.1:1",
        "temporal_namespace": "default",
        "temporal_ui_url": "http://127.0.0.1:1",
        "api_url": "http://127.0.0.1:1",
        "jwt_secret_file": str(secret),
    }
    (directory / "run" / "stack.json").write_text(json.dumps(stack))
    return directory


async def refused(command: str, data_dir: Path) -> str:
    """Gives the one sentence, and what to do, with which a command refused a directory."""
    there = sorted(data_dir.rglob("*"))
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, *COMMANDS[command], "--data-dir", str(data_dir)), stdout=PIPE, stderr=STDOUT
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:  # one that is adopted is served for ever
            process.terminate()
    code = process.returncode
    assert code == 2, output
    assert len(output.splitlines()) == 1
    assert "--data-dir" in output or "Remove it" in output
    assert not {*data_dir.rglob("*")} - {*there, data_dir / "logs", data_dir / "run" / "lock"}
    return output


@pytest.mark.parametrize("command", COMMANDS)
async def test_where_anybody_can_write_is_refused(command: str, tmp_path: Path) -> None:
    directory = planted(tmp_path / "planted")
    directory.chmod(0o777)
    assert f"{directory} can be written by others" in await refused(command, directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize(
    ("command", "theirs"),
    [*((command, "") for command in COMMANDS), ("up", "secret"), ("token", "secret")],
)
async def test_what_is_anothers_is_refused(command: str, theirs: str, tmp_path: Path) -> None:
    directory = planted(tmp_path / "planted")
    os.chown(directory / theirs, STRANGER, STRANGER)
    said = await refused(command, directory)
    assert f"{directory / theirs} belongs to account {STRANGER}" in said


@pytest.mark.parametrize("command", ["up", "token"])
async def test_a_secret_that_anybody_can_read_is_refused(command: str, tmp_path: Path) -> None:
    directory = planted(tmp_path / "planted")
    (directory / "secret").chmod(0o644)
    assert f"{directory / 'secret'} can be read by others" in await refused(command, directory)


async def test_no_demonstration_is_played_where_anybody_could_exchange_it(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    code, output = await run("demo", TMPDIR=str(shared))
    assert code == 2, output
    assert f"{shared} can be written by others" in output
    assert "Traceback" not in output
