"""Each arm finds what it is to find, on a real stack; how fast, no test says."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bench.arms import ARMS
from bench.growth.measure import growth
from bench.latency import latencies
from bench.plan import HALF, Plan
from bench.rates import LOCAL, PRODUCT, REGULAR, SHOWN, rates
from bench.reads import reads
from bench.replicas import replicas
from bench.report import Report
from bench.run import measured
from bench.stack import MeasuredStack, measured_stack
from bench.storm import Storm, storm
from bench.tables import figure
from bench.targets import of_targets
from cli.check import proof_of
from cli.stack_connection import connection_to
from tests.app_under_test import in_seconds

PLAN = Plan(
    clients=2,
    rounds=2,
    ramp=0.0,
    seconds=3.0,
    shares=(HALF,),
    gap=0.1,
    at_a_rate=5.0,
    reading=1.0,
    lives=1,
    sizes=(200, 400),
    running=100,
    deadlines=20,
    meanwhile=5.0,
)


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[MeasuredStack]:
    """A stack on which nobody else acts."""
    async with measured_stack(fast=True) as running:
        yield running


async def test_lives_are_measured_beside_the_limit(stack: MeasuredStack) -> None:
    found = await rates(stack, PLAN)
    assert {PRODUCT, LOCAL, REGULAR, SHOWN} <= set(found.arms)
    for arm in found.arms.values():
        assert len(arm.lives_a_second) == PLAN.rounds
        assert arm.middle > 0
    assert set(found.arms[PRODUCT].cpu_ms) == {*stack.pids, "client"}
    assert [table.title for table in ARMS["lives"].shown(found)] == [
        "Lives",
        "Processor time of a life",
    ]


async def test_latencies_are_of_actions_and_of_bare_signals(stack: MeasuredStack) -> None:
    found = await latencies(stack, PLAN)
    action, bare = found.at_half()
    assert min(action.count, bare.count) > 0
    (shown,) = ARMS["latency"].shown(found)
    assert [row[0] for row in shown.rows] == ["action", "bare signal to effect"]


async def test_every_read_and_page_answers(stack: MeasuredStack) -> None:
    found = await reads(stack, PLAN)
    (shown,) = ARMS["reads"].shown(found)
    assert [row[0] for row in shown.rows] == [
        "order",
        "list of orders",
        "preview",
        "order page",
        "console home",
    ]


async def test_a_storm_is_measured_beside_people_who_act(stack: MeasuredStack) -> None:
    found = await in_seconds(partial(with_people, stack), round(PLAN.meanwhile))
    assert min(found.usual.count, found.meanwhile.count) > 0
    assert min(found.rate, found.waiting) > 0
    (shown,) = ARMS["storm"].shown(found)
    assert [row[0] for row in shown.rows] == ["action, usual", "action, from the instant on"]


async def with_people(stack: MeasuredStack, seconds: int) -> Storm:
    """What a storm is like while people act for so many seconds, at a share of the rate at which
    this machine carries lives.

    Raises:
        AssertionError: none of their actions came in that time.
    """
    try:
        return await storm(stack, replace(PLAN, meanwhile=float(seconds)))
    except ValueError as nothing_measured:
        raise AssertionError from nothing_measured


async def test_two_of_each_process_carry_lives_and_do_nothing_twice(stack: MeasuredStack) -> None:
    found = await replicas(stack, PLAN)
    assert min(found.one.middle, found.two.middle) > 0
    assert set(found.two.cpu_ms) == {*stack.pids, "api-2", "worker-2"}
    assert min(found.two.cpu_ms.values()) > 0  # each has had its part
    assert (await proof_of(connection_to(stack.stack))).findings == []
    (lives, cpu) = ARMS["replicas"].shown(found)
    assert [row[0] for row in lives.rows] == [row[0] for row in cpu.rows]


async def test_nothing_is_started_for_nothing() -> None:
    report = await measured([], quick=True, say=print)
    assert report.found == {}
    assert [table.title for table in report.tables()] == ["Targets"]


async def test_everything_is_asked_beside_each_number_of_orders() -> None:
    found = await growth(PLAN.sizes, PLAN.running)
    assert {one.is_step for one in found.of} == {True, False}
    assert all(set(one.medians) == set(PLAN.sizes) for one in found.of)
    (shown,) = ARMS["growth"].shown(found)
    assert len(shown.rows) == len(found.of)
    (reads, steps) = (row for row in of_targets({"growth": found}).rows if "fewest" in row[0])
    assert (figure(found.worst(steps=False)), figure(found.worst(steps=True))) == (
        reads[1],
        steps[1],
    )


async def test_the_command_measures_on_a_stack_of_its_own(repository: Path, tmp_path: Path) -> None:
    """With the loop and the processes that it has outside of tests."""
    figures = tmp_path / "figures.json"
    command = ["bench", "--quick", "--only", "cost", "--json", str(figures)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *command, cwd=repository, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    found = Report.model_validate_json(figures.read_text(encoding="utf-8")).found
    assert set(found) == {"cost"}
