"""A workflow that somebody has paused: the client of Temporal does not know the word."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client

from embedded.postgres import Postgres
from embedded.temporal import temporal_path
from reconcile import workflow_status as sight
from reconcile.proof import prove
from reconcile.repair import plan
from tests.app_under_test import AppUnderTest, running_app
from tests.conftest import copy_of_template
from tests.reconcile.conftest import OrderUnderRepair, under_repair
from tests.temporal_server import local_server

NEWER = "in a state that this release does not know (99)"


@pytest.fixture
async def pausing(postgres: Postgres) -> AsyncIterator[AppUnderTest]:
    """An app whose Temporal lets operators pause a workflow."""
    url = await copy_of_template(postgres)
    async with (
        await local_server(**{"frontend.WorkflowPauseEnabled": "true"}) as server,
        running_app(url, server.client) as running,
    ):
        yield running


async def by_hand(order: OrderUnderRepair, what: str) -> None:
    """`temporal workflow pause` or `unpause`, as an operator types it."""
    address = order.app.temporal.service_client.config.target_host
    words = ("workflow", what, "--workflow-id", order.handle.id, "--address", address)
    process = await asyncio.create_subprocess_exec(
        str(temporal_path()), *words, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0


async def test_it_is_named_and_so_are_the_others(pausing: AppUnderTest) -> None:
    order, other = (
        await under_repair(pausing, "delivered"),
        await under_repair(pausing, "delivered"),
    )
    await by_hand(order, "pause")
    await other.handle.terminate("by mistake")
    proof = await prove(pausing.pool, pausing.temporal, patience=0)
    assert {one.subject: one.problem for one in proof.findings} == {
        f"order {order.id}": "is delivered and its workflow is paused",
        f"order {other.id}": "is delivered and its workflow is terminated",
    }
    found = await plan(pausing.pool, pausing.temporal, patience=0)
    assert [one.finding.subject for one in found.by_hand] == [f"order {order.id}"]
    assert [one.order_id for one in found.repairable] == [other.id]
    await other.repaired()
    await by_hand(order, "unpause")
    await order.ends_paid()


async def test_a_status_that_is_newer_than_the_product_is_told_by_its_number(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await under_repair(app, "delivered")
    real = sight._described

    async def newer(client: Client, name: str) -> DescribeWorkflowExecutionResponse | None:
        found = await real(client, name)
        assert found is not None
        found.workflow_execution_info.status = 99  # type: ignore[assignment]  # nobody has named it
        return found

    monkeypatch.setattr(sight, "_described", newer)
    (found,) = await order.ailments()
    assert found.problem == f"is delivered and its workflow is {NEWER}"
