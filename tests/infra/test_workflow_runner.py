"""Production runs workflows without the SDK's sandbox; whatever proves them runs them in it."""

from typing import Any

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from infra import temporal
from infra.settings import Settings


class Connected(Exception):
    """How a worker wanted to connect."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()
        self.runner: WorkflowRunner = options["plugin"].workflow_runner


@pytest.mark.parametrize(
    ("given", "runner"),
    [
        ({}, UnsandboxedWorkflowRunner),
        ({"workflow_sandbox": "true"}, SandboxedWorkflowRunner),
        ({"workflow_sandbox": "false"}, UnsandboxedWorkflowRunner),
    ],
)
async def test_a_worker_runs_workflows_as_it_is_told(
    given: dict[str, str], runner: type[WorkflowRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(**options: Any) -> None:
        raise Connected(options)

    monkeypatch.setattr(temporal, "connect", connect)
    settings = Settings.model_validate({"database_url": "postgresql://x/y", **given})
    with pytest.raises(Connected) as connected:
        await worker.run(settings)
    assert runner is type(connected.value.runner)


def test_what_tests_and_replays_use_has_the_sandbox() -> None:
    assert isinstance(temporal.PLUGIN.workflow_runner, SandboxedWorkflowRunner)
