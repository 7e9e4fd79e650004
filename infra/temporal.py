"""The Temporal client as this product needs it, made in one place."""

from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from infra.payloads import DATA_CONVERTER

LOCAL_ADDRESS = "localhost:7233"

PLUGIN = SimplePlugin(
    "sequestre",
    data_converter=DATA_CONVERTER,
    workflow_runner=SandboxedWorkflowRunner(),
)
"""Gives client, worker and replayer the same way of reading payloads."""


async def connect(*, lazy: bool = False, **overrides: Any) -> Client:
    """Return a client for the server that Temporal's own environment names (`TEMPORAL_ADDRESS` …).

    A lazy one connects at its first call, so that a process can start while Temporal is away.

    Raises:
        RuntimeError: the server does not answer (not where lazy).
    """
    config: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    config.setdefault("target_host", LOCAL_ADDRESS)
    return await Client.connect(**{**config, **overrides}, lazy=lazy, plugins=[PLUGIN])


def runtime(metrics_address: str | None) -> Runtime:
    """Return what the SDK runs on in this process; it answers on this address with its metrics.

    Raises:
        ValueError: the address is taken.
    """
    if metrics_address is None:
        return Runtime.default()
    metrics = PrometheusConfig(bind_address=metrics_address, durations_as_seconds=True)
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))
