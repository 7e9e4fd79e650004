"""Stages: on a server that skips time, and on the real one, with and without a worker."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.stage import Stage


@pytest.fixture
async def skipping(time_skipping: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """A stage on which waiting takes no time. A worker works."""
    stage = Stage(time_skipping)
    async with stage.working():
        yield stage


@pytest.fixture
def deserted(time_skipping: WorkflowEnvironment) -> Stage:
    """A stage on which waiting takes no time. No worker works until the test calls for one."""
    return Stage(time_skipping)


@pytest.fixture
def unmanned(temporal_server: WorkflowEnvironment) -> Stage:
    """A stage on the real server. No worker works until the test calls for one."""
    return Stage(temporal_server)


@pytest.fixture
async def stage(unmanned: Stage) -> AsyncIterator[Stage]:
    """A stage on the real server. A worker works."""
    async with unmanned.working():
        yield unmanned
