"""Metrics go on being shown, whatever a scraper asks for and whatever a look meets."""

import asyncio
import socket
import urllib.error
import urllib.request
from uuid import uuid4

import pytest
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from infra.metrics import showing, stopped_workflows
from infra.metrics.processes import ApiMetrics, WorkerMetrics
from infra.metrics.showing import show
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest, eventually
from workflows import attributes


def scraped(address: str, accept: str) -> tuple[int, str]:
    """The status and the type of an answer."""
    asked = urllib.request.Request(f"http://{address}/metrics", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            return int(answer.status), str(answer.headers["Content-Type"])
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.fixture
def address() -> str:
    """An address that is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


async def test_a_version_that_is_none_is_answered_in_plain_text(
    address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with showing._served(ApiMetrics().registry, address):
        wish = "application/openmetrics-text; version="
        found = await asyncio.to_thread(scraped, address, f"{wish}1.0.0")
        assert found[1].startswith("application/openmetrics-text")
        status, kind = await asyncio.to_thread(scraped, address, f"{wish}abc")
    assert (status, kind.startswith("text/plain")) == (200, True)
    assert "Traceback" not in capfd.readouterr().err


async def test_a_look_that_fails_in_whatever_way_is_followed_by_the_next(
    app: AppUnderTest, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def broken(_: object) -> None:
        looks.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(showing, "figures", broken)
    monkeypatch.setattr(showing, "EVERY_SECONDS", 0.01)
    task = asyncio.create_task(show(ApiMetrics(), app.pool, address))
    await eventually(lambda: several(looks))
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])


async def several(looks: list[int]) -> bool:
    return len(looks) > 3


async def test_a_workflow_under_a_name_of_somebodys_own_ends_no_count(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await app.temporal.start_workflow(
        "OrderWorkflow",
        id=f"a-trial-{uuid4()}",
        task_queue="nobody-is-there",
        search_attributes=TypedSearchAttributes(
            [SearchAttributePair(attributes.ORDER_STATE, "pending")]
        ),
    )
    await handle.terminate("by hand")

    async def listed() -> bool:
        found = [one.id async for one in app.temporal.list_workflows(stopped_workflows.STOPPED)]
        return handle.id in found

    await eventually(listed)
    await stopped_workflows.without_workflow(app.temporal, app.pool)


async def test_a_count_that_fails_in_whatever_way_is_followed_by_the_next(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def broken(*_: object) -> int:
        looks.append(1)
        raise ValueError

    monkeypatch.setattr(stopped_workflows, "without_workflow", broken)
    monkeypatch.setattr(stopped_workflows, "EVERY_SECONDS", 0.01)
    task = asyncio.create_task(
        stopped_workflows.watch_workflows(WorkerMetrics(), app.temporal, app.pool)
    )
    await eventually(lambda: several(looks))
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])
