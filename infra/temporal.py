"""The Temporal client as this product needs it, made in one place."""

import asyncio
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from infra.payloads import DATA_CONVERTER

LOCAL_ADDRESS = "localhost:7233"
MOMENT_SECONDS = 1.0
AWAY = "Temporal does not answer"
NOT_NOW = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,
)
"""What a Temporal says that has too much to do, or is not there."""

EITHER = ("TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION")


def _plugin(runner: WorkflowRunner) -> SimplePlugin:
    return SimplePlugin("sequestre", data_converter=DATA_CONVERTER, workflow_runner=runner)


PLUGIN = _plugin(SandboxedWorkflowRunner())
"""Gives client, worker and replayer the same way of reading payloads."""

UNSANDBOXED = _plugin(UnsandboxedWorkflowRunner())
"""The same for workers that run workflows without the sandbox: docs/decisions/0024."""


async def connect(*, lazy: bool = False, plugin: SimplePlugin = PLUGIN, **overrides: Any) -> Client:
    """Return a client for the server that Temporal's own environment names (`TEMPORAL_ADDRESS` …).

    A lazy one connects at its first call, so that a process can start while Temporal is away.

    Raises:
        RuntimeError: the server does not answer (not where lazy).
    """
    is_named = "target_host" in overrides
    config = {} if is_named else dict[str, Any](ClientConfig.load_client_connect_config())
    config.setdefault("target_host", LOCAL_ADDRESS)
    return await Client.connect(**{**config, **overrides}, lazy=lazy, plugins=[plugin])


async def latest_run(client: Client, name: str) -> str:
    """Return the id of the latest run of a workflow of this name, whatever became of it.

    Raises:
        RPCError: there is none, or Temporal does not answer.
    """
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=name)
    )
    found = await client.workflow_service.describe_workflow_execution(request, retry=True)
    return found.workflow_execution_info.execution.run_id


_NO_NAMESPACE = "NamespaceNotFoundFailure"

_REFUSED_AT_THE_DOOR = re.compile(
    r"call error after connection: Status \{ code: (?:PermissionDenied|Unauthenticated|NotFound"
    r'|InvalidArgument|FailedPrecondition), message: "([^"]*)"'
)
"""What the SDK says of a server that is there and lets nobody in: a wrong key, an unknown
namespace."""


def trouble(error: RPCError | RuntimeError) -> str:
    """Return a sentence, without its end, for why a call to Temporal failed; a client that cannot
    connect raises the latter."""
    if isinstance(error, RPCError):
        return AWAY if error.status in NOT_NOW else f"Temporal refuses: {error.message}"
    refused = _REFUSED_AT_THE_DOOR.search(str(error))
    return f"Temporal refuses: {refused[1]}" if refused else AWAY


def is_unknown(error: RPCError) -> bool:
    """Return whether Temporal has nothing of the name that was asked for. That it has not even the
    namespace says nothing of it."""
    details = [one.type_url for one in error.grpc_status.details]
    lacks_namespace = any(one.endswith(_NO_NAMESPACE) for one in details)
    return error.status is RPCStatusCode.NOT_FOUND and not lacks_namespace


async def can_be_followed() -> bool:
    """Return whether Temporal's own environment makes sense. Who answers there is not waited
    for."""
    if not (_says_true_or_false() and _config_file_is_there()):
        return False
    try:
        config = dict[str, Any](ClientConfig.load_client_connect_config())
    except Exception:  # its own errors, and those of files that it reads
        return False
    if not _is_address(config.get("target_host", LOCAL_ADDRESS)):
        return False
    with suppress(RuntimeError, TimeoutError):  # nobody answers, which is no matter of settings
        try:
            async with asyncio.timeout(MOMENT_SECONDS):
                await connect()
        except ValueError:
            return False
    return True


def _says_true_or_false() -> bool:
    """Return whether what is either true or false says which: the SDK takes `no` for true."""
    said = {os.environ[name].lower() for name in EITHER if name in os.environ}
    return said <= {"true", "false", "1", "0"}


def _config_file_is_there() -> bool:
    """Return whether the file that is named can be read: the SDK goes on without it."""
    named = os.environ.get("TEMPORAL_CONFIG_FILE")
    try:
        if named:
            Path(named).read_bytes()
    except (OSError, ValueError):
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname and parts.port) and parts.netloc == text
    except ValueError:
        return False


def runtime(metrics_address: str | None) -> Runtime:
    """Return what the SDK runs on in this process; it answers on this address with its metrics.

    Raises:
        ValueError: the address is taken.
    """
    if metrics_address is None:
        return Runtime.default()
    metrics = PrometheusConfig(bind_address=metrics_address, durations_as_seconds=True)
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))
