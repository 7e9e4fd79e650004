"""A data directory of an earlier release: its Temporal learns what orders are found by today."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client

from embedded.child import launched
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.temporal import Temporal
from infra.search_attributes import missing
from tests.app_under_test import eventually
from workflows import attributes

BEFORE = {
    name: kind
    for name, kind in attributes.TYPES.items()
    if name not in ("OrderSince", "MediatorId")
}


@asynccontextmanager
async def running(database: Path, known: Mapping[str, str]) -> AsyncIterator[Client]:
    """The server on this store, begun with these search attributes."""
    port, ui_port = claim_ports(Port(0, "Temporal", ""), Port(0, "its Web UI", ""))
    server = Temporal(
        database=database,
        port=port,
        ui_port=ui_port,
        ui_address=LOOPBACK,
        search_attributes=known,
    )
    child = server.child()
    process = await asyncio.create_subprocess_exec(
        *launched(child.argv), env=child.env, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    await eventually(server.ready)
    yield await Client.connect(server.address)
    process.terminate()
    await process.wait()


async def test_a_store_of_before_learns_what_is_new_as_it_is_opened(tmp_path: Path) -> None:
    async with running(tmp_path / "temporal.db", BEFORE) as client:
        assert {"OrderSince", "MediatorId"} == set(await missing(client))
    async with running(tmp_path / "temporal.db", attributes.TYPES) as client:
        assert await missing(client) == {}
