"""Holding a workflow task at the very moment at which it would be reported to the server."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import PayloadCodec
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from infra.payloads import DATA_CONVERTER


class Gate(PayloadCodec):
    """Holds the reports that have a payload which begins so; changes none."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self.reached = asyncio.Event()
        """Such a report is ready to leave."""
        self.open = asyncio.Event()
        """It may."""

    async def __aenter__(self) -> "Gate":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Lets everything pass, so that a worker can stop."""
        self.open.set()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Waits before such a payload goes to the server."""
        if any(payload.data.startswith(self._beginning) for payload in payloads):
            self.reached.set()
            await self.open.wait()
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Nothing to do."""
        return list(payloads)


def client_through(gate: Gate, client: Client) -> Client:
    """A client for workers that report through the gate. Without the product's plugin, which has a
    data converter of its own; the rest is as the plugin has it."""
    converter = replace(DATA_CONVERTER, payload_codec=gate)
    return Client(client.service_client, namespace=client.namespace, data_converter=converter)


def unplugged(client: Client) -> Client:
    """A client for workers with another runner than the product's plugin gives them."""
    return Client(client.service_client, namespace=client.namespace, data_converter=DATA_CONVERTER)


def patchable() -> SandboxedWorkflowRunner:
    """The sandbox, in which the product's modules are those of the test: it imports them anew for
    each workflow otherwise, and what a test has patched in them would not be seen."""
    ours = ("workflows", "domain", "activities", "db")
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*ours)
    )
