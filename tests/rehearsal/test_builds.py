"""Two builds of workers at once, as Temporal tells them apart."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from infra import routing, temporal
from infra.routing import Crew
from tests.app_under_test import eventually
from tests.rehearsal.fleet import DEPLOYMENT, Program
from tests.rehearsal.load import PLAYED
from tests.rehearsal.rehearsal import together
from tests.rehearsal.rehearsed_order import RehearsedOrder
from tests.rehearsal.release import current
from tests.rehearsal.rolling import Upgrade, promoted, upgrading
from tests.rehearsal.running import commanded
from workflows.order import workflow_id

OLD, NEW = "1.0", "2.0"
HELD = [scene for scene in PLAYED if scene.ending][::3]


@pytest.fixture
async def upgrade(passable: Path) -> AsyncIterator[Upgrade]:
    """People who use a release whose worker is of a build."""
    said: list[str] = []
    async with upgrading(current(), passable / "builds", said.append, OLD) as begun:
        yield begun


async def client_of(upgrade: Upgrade) -> Client:
    """A client of the Temporal that it runs on."""
    stack = upgrade.fleet.stack
    return await temporal.connect(
        target_host=stack.temporal_address, namespace=stack.temporal_namespace
    )


async def builds_of(client: Client, orders: list[RehearsedOrder]) -> set[str]:
    """The builds that carried out the last step of these orders."""
    found = set()
    for order in orders:
        described = await client.get_workflow_handle(workflow_id(order.id)).describe()
        info = described.raw_description.workflow_execution_info.versioning_info
        found.add(info.deployment_version.build_id)
    return found


async def orders_on(client: Client, build: str) -> int:
    """How many orders had their last step carried out by a build."""
    of_build = f"TemporalWorkerDeploymentVersion = '{DEPLOYMENT}:{build}'"
    found = await client.count_workflows(f"{of_build} AND WorkflowType = 'OrderWorkflow'")
    return found.count


async def shares(client: Client) -> dict[str, float]:
    """Which share of the orders each build is given, in percent."""
    found: list[Crew] = await routing.crews(client)
    return {crew.version.build_id: crew.percent for crew in found if crew.version}


@pytest.mark.timeout(900)
async def test_orders_go_over_to_a_new_build_and_back(upgrade: Upgrade) -> None:
    client = await client_of(upgrade)
    held = await upgrade.held(HELD)
    assert {OLD} == await builds_of(client, held)

    new = await upgrade.fleet.worker(current(), NEW)
    await says_that_it_waits(new, upgrade)
    await promoted(upgrade.fleet, NEW, "--percent", "50")
    assert await shares(client) == {OLD: 50, NEW: 50}
    await upgrade.goes_on("half of the orders by each build")
    assert await eventually(lambda: orders_on(client, NEW))

    await promoted(upgrade.fleet, NEW)
    await upgrade.worker.stop()
    await upgrade.goes_on("the new build alone")
    some, rest = held[: len(held) // 2], held[len(held) // 2 :]
    await together(order.finish() for order in some)
    assert {NEW} == await builds_of(client, some)

    await upgrade.fleet.worker(current(), OLD)
    await promoted(upgrade.fleet, OLD)
    await new.stop()
    await upgrade.goes_on("the old build again")
    await together(order.finish() for order in rest)
    assert {OLD} == await builds_of(client, rest)


async def says_that_it_waits(new: Program, upgrade: Upgrade) -> None:
    """A worker of a build that nobody has promoted says so, and what to do; so does a command."""

    async def said() -> str:
        return new.log.read_text()

    await eventually(said, lambda text: "worker is given no orders" in text)
    assert f"sequestre promote {NEW}" in await said()
    await upgrade.goes_on("the old build, beside one that waits")
    code, told = await commanded(current(), upgrade.fleet.stack.data_dir, "workers")
    assert code == 0
    assert f"✓ build {OLD} of sequestre: given 100 % of the orders, 1 worker" in told
    assert f"- build {NEW} of sequestre: given no orders, 1 worker" in told
