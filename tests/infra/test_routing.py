"""To which workers orders go, as Temporal's real server has it, and who notices where nobody is."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

from infra import rollout, routing, share_watch, temporal
from infra.metrics import unserved_orders
from infra.metrics.processes import ApiMetrics
from infra.metrics.unserved_orders import watch_unserved
from infra.routing import Crew, Version, all_served
from infra.worker_version import in_words, worker_options
from reconcile.proof import prove
from reconcile.unserved import unserved
from tests.api.pages.browser import visiting
from tests.api.pages.test_console import operator
from tests.app_under_test import AppUnderTest, eventually
from tests.chaos.proxy import Link, Weather
from tests.infra.builds import BUILD, OTHER, crew_of, worker_of

ALIVE, GONE = frozenset({"1#a"}), frozenset({"2#b"})


async def promoted(client: Client, version: WorkerDeploymentVersion) -> None:
    """Temporal gives everything to a version, as soon as it has seen all of its workers."""

    async def done() -> bool:
        try:
            await rollout.make_current(client, version)
        except rollout.NotReady:
            return False
        return True

    await eventually(done)


async def test_a_build_that_was_never_promoted_is_given_nothing_and_everybody_says_so(
    of_builds: AppUnderTest,
) -> None:
    crew = await crew_of(of_builds.temporal, BUILD)
    assert (crew.percent, len(crew.workers)) == (0, 1)
    ready = await of_builds.api.get("/v1/health/ready")
    assert (ready.status_code, ready.json()["checks"]["worker"]) == (503, False)
    (finding,) = await unserved(of_builds.pool, of_builds.temporal)
    assert finding.subject == "workers without a build"
    assert "100 % of the orders go to it; build 7 of sequestre do" in finding.problem
    proof = await prove(of_builds.pool, of_builds.temporal, patience=0)
    assert [one.check for one in proof.differing] == ["unserved-build"]
    async with visiting(of_builds, operator()) as visit:
        home = (await visit.get("/console", Accept_Language="en")).text
    assert "100% of the orders go to a build that has no worker" in home


async def test_the_share_that_goes_to_nobody_is_a_metric_and_survives_whatever_fails(
    of_builds: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crew_of(of_builds.temporal, BUILD)
    monkeypatch.setattr(unserved_orders, "EVERY_SECONDS", 0.01)
    metrics, failures = ApiMetrics(), [ZeroDivisionError()]

    async def crews() -> list[Crew]:
        if failures:
            raise failures.pop()
        return await routing.crews(of_builds.temporal)

    async def shown() -> float | None:
        return metrics.registry.get_sample_value("sequestre_orders_unserved_percent") or None

    watching = asyncio.create_task(watch_unserved(metrics, crews, of_builds.pool))
    assert await eventually(shown) == 100
    watching.cancel()


@asynccontextmanager
async def unsteady_link(client: Client) -> AsyncIterator[Link]:
    """A link to a client's Temporal, on which the weather is calm again for each new connection."""
    host, port = client.service_client.config.target_host.split(":")

    async def connected() -> tuple[StreamReader, StreamWriter]:
        link.weather = Weather.CALM
        return await asyncio.open_connection(host, int(port))

    link = Link("temporal", connected, chance=1.0)
    async with link.listening():
        yield link


QUESTIONS: tuple[Callable[[Client], Awaitable[object]], ...] = (
    routing.crews,
    partial(promoted, version=BUILD),
    rollout.known,
    partial(rollout.end_ramp, version=OTHER),
    partial(temporal.latest_run, name="waits"),
)


async def test_who_asks_as_a_connection_ends_asks_again(of_builds: AppUnderTest) -> None:
    """Temporal itself ends each after some minutes."""
    direct = of_builds.temporal
    await direct.start_workflow("Waits", id="waits", task_queue="nobody")
    await crew_of(direct, BUILD)
    async with unsteady_link(direct) as link:
        client = await temporal.connect(target_host=f"127.0.0.1:{link.port}")
        for number, ask in enumerate(QUESTIONS, 1):
            link.weather = Weather.LOSE_REPLIES
            await ask(client)
            assert link.lost[Weather.LOSE_REPLIES] == number


async def test_once_it_is_promoted_orders_go_to_it_and_back(of_builds: AppUnderTest) -> None:
    client = of_builds.temporal
    await crew_of(client, BUILD)
    await promoted(client, BUILD)
    assert (await crew_of(client, BUILD)).percent == 100
    assert await unserved(of_builds.pool, client) == []
    assert (await of_builds.api.get("/v1/health/ready")).status_code == 200
    await (await of_builds.place_order()).reach("completed")
    async with worker_of(of_builds, None):
        await crew_of(client, None)

        async def taken_back() -> bool:
            with suppress(rollout.NotReady):
                await rollout.take_back(client, BUILD)
                return True
            return False

        await eventually(taken_back)
        assert (await crew_of(client, BUILD)).percent == 0


async def test_a_share_goes_to_another_build_as_soon_as_a_worker_of_it_is_there(
    of_builds: AppUnderTest,
) -> None:
    client = of_builds.temporal
    await crew_of(client, BUILD)
    await promoted(client, BUILD)
    with pytest.raises(rollout.NotReady):
        await rollout.ramp(client, OTHER, 25)
    async with worker_of(of_builds, OTHER):
        await crew_of(client, OTHER)

        async def shares() -> dict[Version, float]:
            try:
                await rollout.ramp(client, OTHER, 25)
            except rollout.NotReady:
                return {}
            return {crew.version: crew.percent for crew in await routing.crews(client)}

        assert await eventually(shares) == {BUILD: 75, OTHER: 25}
        await rollout.end_ramp(client, OTHER)
        assert (await crew_of(client, OTHER)).percent == 0


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What a worker has logged of its share."""
    lines: list[tuple[str, dict[str, Any]]] = []
    for level in ("info", "warning"):
        monkeypatch.setattr(
            share_watch.log, level, lambda line, **more: lines.append((line, more)), raising=False
        )
    monkeypatch.setattr(share_watch, "EVERY_SECONDS", 0.01)
    return lines


@pytest.mark.parametrize(
    ("mine", "other", "others", "command"),
    [
        (BUILD, None, "workers without a build", "7"),
        (None, BUILD, "build 7 of sequestre", "--unversioned"),
    ],
    ids=["of a build", "without one"],
)
async def test_a_worker_says_what_it_is_given_and_when_that_changes(
    said: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    mine: Version,
    other: Version,
    others: str,
    command: str,
) -> None:
    now = [Crew(other, 100, ALIVE), Crew(mine, 0, ALIVE)]
    looks: list[int] = []

    async def crews(_: object) -> list[Crew]:
        looks.append(len(said))
        return now

    monkeypatch.setattr(routing, "crews", crews)
    watching = asyncio.create_task(share_watch.tell_share(None, mine))  # type: ignore[arg-type]
    await looked_twice(looks)
    now[:] = [Crew(mine, 100, ALIVE)]
    await looked_twice(looks)
    watching.cancel()
    assert [line for line, _ in said] == ["worker is given no orders", "worker is given orders"]
    assert said[0][1]["they_go_to"] == others
    assert said[0][1]["to_change_it"] == f"sequestre promote {command}"


async def looked_twice(looks: list[int]) -> None:
    """Returns once everything was looked at and told that holds now."""
    known = len(looks)

    async def often() -> bool:
        return len(looks) >= known + 2

    await eventually(often)


@pytest.mark.parametrize(
    ("crews", "is_served"),
    [
        ([Crew(None, 100, ALIVE)], True),
        ([Crew(None, 100, GONE)], False),
        ([Crew(None, 100, frozenset())], False),
        ([Crew(None, 100, GONE | ALIVE)], True),
        ([Crew(None, 100, frozenset()), Crew(BUILD, 0, ALIVE)], False),
        ([Crew(BUILD, 75, ALIVE), Crew(OTHER, 25, GONE)], False),
        ([Crew(BUILD, 100, ALIVE), Crew(OTHER, 0, GONE)], True),
    ],
)
def test_a_worker_is_needed_wherever_orders_go(crews: list[Crew], is_served: bool) -> None:
    assert is_served is all_served(crews, ALIVE)


def test_workers_are_called_by_their_build() -> None:
    assert in_words(BUILD) == "build 7 of sequestre"
    assert in_words(None) == "workers without a build"
    assert worker_options(None) == {}
