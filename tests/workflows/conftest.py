"""Stages: on a server that skips time, and on the real one, with and without a worker."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.stage import Stage
from workflows import options


@pytest.fixture(scope="module", autouse=True)
def patient_here() -> Iterator[None]:
    """What has not come to its end after two seconds where it was decided is left to any worker: on
    a busy machine that would be any step, which is then tried and written down once more. A module
    that is about just that has a fixture of this name that leaves it as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(options, "HERE", timedelta(seconds=30))
        yield


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
