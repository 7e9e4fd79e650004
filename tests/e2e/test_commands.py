"""The `sequestre` command as a person types it."""

import asyncio
import fcntl
import os
import re
import shlex
import struct
import termios
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from embedded.postgres import Postgres
from tests.app_under_test import SECRETS_KEY
from tests.e2e.conftest import COMMAND


async def run(*words: str, cwd: Path | None = None, **env: str) -> tuple[int, str]:
    """Runs `sequestre …`; gives its exit code and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *words,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    # On a busy machine any command may have to say what it waits for.
    said = [line for line in output.decode().splitlines(True) if not line.startswith("… ")]
    return process.returncode or 0, "".join(said)


async def run_on_terminal(*words: str, columns: int) -> tuple[int, str]:
    """Runs `sequestre …` on a terminal of so many columns; gives its exit code and what is seen."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *words, env={**env, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = await asyncio.to_thread(_everything, ours)
    os.close(ours)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")
    return await process.wait(), plain


def _everything(terminal: int) -> bytes:
    """What is shown on a terminal until nobody writes to it any more."""
    shown = b""
    with suppress(OSError):  # Linux says so with an error
        while more := os.read(terminal, 65536):
            shown += more
    return shown


async def test_the_demonstration_ends_well_and_its_money_adds_up_on_a_small_terminal() -> None:
    code, output = await run_on_terminal("demo", columns=80)
    assert code == 0, output
    assert [line for line in output.splitlines() if len(line) > 80] == []
    words = " ".join(output.split())
    assert "7 days later completed" in words
    assert "the order completes and 16.00 EUR goes to the seller" in words
    together, topped_up = (
        line.split("│")[2].strip()
        for line in output.splitlines()
        if "together" in line or ("topped up " in line and "│" in line)
    )
    assert together == topped_up
    assert " 0 findings." in output
    for said in ("her order is placed paid", "His bank has it paid", "is shut returned"):
        assert said in words
    assert "a stand-in of Stripe on this machine: no money moves" in words
    # The second half: what was sent has arrived at real receivers on loopback.
    hooks = re.findall(r"webhook (order\.[a-z_]+), signature verified", output)
    assert {"order.settlement_proposed", "order.settled", "order.offer_accepted"} <= set(hooks)
    assert "webhook refused" not in output
    assert {"ana@example.org", "ben@example.org"} == set(re.findall(r"✉ to (\S+):", output))


async def test_migrate_says_what_it_applied_and_then_that_nothing_is_left(
    postgres: Postgres,
) -> None:
    await postgres.ensure_database("migrated")
    url = postgres.database_url("migrated")
    first, second = [await run("migrate", SEQUESTRE_DATABASE_URL=url) for _ in range(2)]
    assert first[0] == second[0] == 0
    assert "applied 0001_ledger.sql" in first[1]
    assert "nothing to apply" in second[1]


@pytest.mark.parametrize("command", ["api", "worker", "migrate"])
async def test_a_process_without_settings_says_which_are_missing(
    command: str, tmp_path: Path
) -> None:
    code, output = await run(command, cwd=tmp_path)
    assert code == 2
    assert "SEQUESTRE_DATABASE_URL" in output


async def test_an_api_without_a_way_to_check_tokens_says_so(tmp_path: Path) -> None:
    env = {"SEQUESTRE_DATABASE_URL": "postgresql://x/y", "SEQUESTRE_SECRETS_KEY": SECRETS_KEY}
    code, output = await run("api", cwd=tmp_path, **env)
    assert code == 2
    assert "SEQUESTRE_JWT_SECRET or SEQUESTRE_JWKS_URL" in output


@pytest.mark.parametrize(
    ("command", "expected"),
    [(("token", "--sub", "ana", "--role", "user"), 2), (("check",), 2), (("repair",), 2)],
)
async def test_a_command_for_a_stack_that_does_not_run_says_how_to_start_one(
    command: tuple[str, ...], expected: int, tmp_path: Path
) -> None:
    code, output = await run(*command, "--data-dir", str(tmp_path / "no stack"))
    assert code == expected
    hint = re.search("`(.*)`", output)
    assert hint is not None, output
    words = shlex.split(hint[1])
    assert words[1:] == ["up", "--data-dir", str(tmp_path / "no stack")]
    typed = await asyncio.create_subprocess_shell(f"{hint[1]} --help", stdout=DEVNULL)
    assert await typed.wait() == 0


@pytest.mark.parametrize("command", ["check", "repair"])
async def test_a_command_for_a_stack_that_is_named_wrongly_says_how(
    command: str, tmp_path: Path
) -> None:
    env = {"SEQUESTRE_DATABASE_URL": "postgresql://x/y", "SEQUESTRE_METRICS_ADDRESS": "here"}
    code, output = await run(command, cwd=tmp_path, **env)
    assert code == 2
    assert "SEQUESTRE_METRICS_ADDRESS: must be an address and a port" in output


@pytest.mark.parametrize(
    ("command", "missed_first"), [("check", "the database"), ("repair", "Temporal")]
)
async def test_a_command_says_what_does_not_answer(
    command: str, missed_first: str, postgres: Postgres, tmp_path: Path
) -> None:
    away = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "SEQUESTRE_SECRETS_KEY": SECRETS_KEY}
    url = postgres.database_url("nowhere")
    code, output = await run(command, cwd=tmp_path, SEQUESTRE_DATABASE_URL=url, **away)
    assert (code, output.strip()) == (2, f"sequestre: {missed_first} does not answer")


async def test_a_token_is_for_the_stack_of_its_data_directory(tmp_path: Path) -> None:
    from embedded.data_directory import DataDirectory
    from embedded.stack_file import StackInfo, ensure_secret, write_stack

    directory = DataDirectory.at(tmp_path)
    directory.stack_file.parent.mkdir(parents=True, exist_ok=True)
    ensure_secret(directory)
    write_stack(
        StackInfo(
            data_dir=tmp_path,
            database_url="postgresql:///x",
            temporal_address="127.0.0.1:1",
            temporal_namespace="default",
            temporal_ui_url="http://127.0.0.1:2",
            api_url="http://127.0.0.1:3",
            jwt_secret_file=directory.secret_file,
            secrets_key_file=directory.secrets_key_file,
        )
    )
    code, output = await run("token", "--sub", "ana", "--role", "user", "--data-dir", str(tmp_path))
    assert code == 0, output
    key = OctKey.import_key(directory.secret_file.read_text())
    claims = jwt.decode(output.strip(), key, algorithms=["HS256"]).claims
    assert (claims["sub"], claims["roles"]) == ("ana", ["user"])
