"""What a repair and a check could not see they do not call right, and say who has to come."""

import asyncio
import os
import socket

import pytest

import cli.repair
from cli.repair import _repair
from cli.stack_connection import StackConnection
from cli.terminal import Terminal
from db.audit import Finding
from reconcile.repair import ADVICE_ON_UNASKED, ADVICE_ON_UNSERVED, ByHand, Plan
from tests.app_under_test import AppUnderTest
from tests.e2e.conftest import COMMAND
from tests.reconcile.conftest import under_repair
from tests.reconcile.test_command import on

NO_WORKER = "✗ orders that run: no worker answers"


async def test_a_repair_without_workers_says_that_it_could_not_see(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    async with app.worker_away():
        for words in (("repair",), ("repair", "--apply")):
            code, output = await on(app, *words, "--patience", "0")
            assert code == 2, output
            assert NO_WORKER in output
            assert ADVICE_ON_UNASKED in output
            assert "workers` says who is there" in output
            assert "✓" not in output
    await order.is_sound()


async def test_a_check_without_workers_leads_to_them(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    async with app.worker_away():
        code, output = await on(app, "check", "--patience", "0")
    assert code == 2, output
    assert NO_WORKER in output
    assert "1 finding in " in output
    assert "workers` says who is there" in output
    assert "repair`" not in output
    await order.is_sound()


@pytest.mark.parametrize(
    ("unseen", "builds", "code"), [(True, False, 2), (False, True, 1), (True, True, 1)]
)
async def test_a_build_without_workers_is_left_to_people(
    unseen: bool,
    builds: bool,
    code: int,
    app: AppUnderTest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = Finding("unserved-build", "build 7", "no worker of it works")
    blind = Finding("no-worker", "orders that run", "no worker answers")
    by_hand = [ByHand(build, ADVICE_ON_UNSERVED)] if builds else []

    async def found(*_: object) -> Plan:
        return Plan([], [], [], by_hand, [blind] if unseen else [])

    monkeypatch.setattr(cli.repair, "plan", found)
    console = Terminal(record=True, width=200)
    where = StackConnection(
        app.database_url, {"target_host": app.temporal.service_client.config.target_host}
    )
    assert await _repair(where, console, None, 0, False) == code
    said = console.export_text()
    assert (ADVICE_ON_UNSERVED in said) is builds
    assert (ADVICE_ON_UNASKED in said) is unseen


async def test_a_check_says_in_one_sentence_that_temporal_does_not_answer(
    app: AppUnderTest,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        process = await asyncio.create_subprocess_exec(
            *(*COMMAND, "check", "--patience", "0"),
            env={
                **os.environ,
                **app.environment,
                "TEMPORAL_ADDRESS": f"127.0.0.1:{frozen.getsockname()[1]}",
            },
            stdout=asyncio.subprocess.PIPE,
        )
        said = (await process.communicate())[0].decode().splitlines()
    assert (process.returncode, said[0]) == (
        2,
        "✗ all orders: not compared with their workflows: Temporal does not answer (not-compared)",
    )
    assert said[1].startswith("1 finding in ")
