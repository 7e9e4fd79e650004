"""Temporal's real server for tests: one that may take its time to start on a busy machine."""

import asyncio
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from temporalio.api.testservice.v1 import SleepRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from embedded.child import launched
from embedded.environment import bare_environment
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.temporal import Temporal, temporal_path, temporal_test_server_path
from infra import search_attributes, temporal
from workflows import attributes

PATIENCE = 150
"""Seconds that a server may take; the SDK's own way of starting one gives it five."""

STARTS = 3
"""Between the look for a free port and the server's own, another may have taken it."""

STARTS_OF_THE_SDK = 10


class LocalServer(WorkflowEnvironment):
    """A server in memory, with a client to it, that ends with the test or with its process."""

    def __init__(self, client: Client, process: Process) -> None:
        super().__init__(client)
        self._process = process

    async def shutdown(self) -> None:
        """End the server; nothing of it is kept."""
        await _end(self._process)


async def local_server(*, identity: str | None = None, **dynamic: str) -> LocalServer:
    """Return a real Temporal server of the test's own, with these values of its dynamic
    configuration, and a client that calls itself so.

    Raises:
        RuntimeError: it does not start.
    """
    for _ in range(STARTS):
        port, http_port = claim_ports(Port(0, "Temporal", ""), Port(0, "Temporal's HTTP", ""))
        process = await _spawned(port, http_port, dynamic)
        if await _is_ready(process, port):
            return LocalServer(await _client(port, identity), process)
        await _end(process)
    raise RuntimeError(f"Temporal's server did not start in {STARTS} tries")


async def time_skipping_server(*, identity: str = "tests") -> WorkflowEnvironment:
    """Return a Temporal server in which waiting takes no time. The SDK alone can start it, and may
    lose patience on a busy machine, so that it is tried again.

    Raises:
        RuntimeError: it does not start.
    """
    for _ in range(STARTS_OF_THE_SDK):
        with suppress(RuntimeError):
            server = await WorkflowEnvironment.start_time_skipping(
                test_server_existing_path=str(temporal_test_server_path()),
                plugins=[temporal.PLUGIN],
                identity=identity,
            )
            await search_attributes.add(server.client, attributes.TYPES)
            _let_sleep(server)
            return server
    raise RuntimeError(f"the time-skipping server did not start in {STARTS_OF_THE_SDK} tries")


def _let_sleep(server: WorkflowEnvironment) -> None:
    """Time is not skipped while a worker has work, and the SDK gives a sleep 30 seconds whatever
    its length: too few where a busy machine keeps its workers waiting."""

    async def sleep(duration: timedelta | float) -> None:
        length = duration if isinstance(duration, timedelta) else timedelta(seconds=duration)
        request = SleepRequest()
        request.duration.FromTimedelta(length)
        service = server.client.test_service
        await service.unlock_time_skipping_with_sleep(request, timeout=timedelta(seconds=PATIENCE))

    server.sleep = sleep  # type: ignore[method-assign]


async def _client(port: int, identity: str | None) -> Client:
    return await Client.connect(f"{LOOPBACK}:{port}", plugins=[temporal.PLUGIN], identity=identity)


async def _spawned(port: int, http_port: int, dynamic: Mapping[str, str]) -> Process:
    options = [("--port", str(port)), ("--http-port", str(http_port)), ("--log-level", "error")]
    options += [("--search-attribute", f"{n}={t}") for n, t in attributes.TYPES.items()]
    options += [("--dynamic-config-value", f"{k}={v}") for k, v in dynamic.items()]
    own = ("--headless", "--disable-config-file", "--disable-config-env", "--ip", LOOPBACK)
    argv = [
        str(temporal_path()),
        "server",
        "start-dev",
        *own,
        *(w for pair in options for w in pair),
    ]
    return await asyncio.create_subprocess_exec(
        *launched(argv), env=bare_environment(), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )


async def _is_ready(process: Process, port: int) -> bool:
    server = Temporal(database=Path("none"), port=port, ui_port=0, ui_address=LOOPBACK)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                if await server.ready():
                    return True
                await asyncio.sleep(0.1)
    return False


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
