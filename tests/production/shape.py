"""The running production shape: its parts, where they listen, how one is replaced by another."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import asyncpg

from cli.stack_connection import StackConnection
from db import worker_heartbeats
from embedded.ports import LOOPBACK, Port, claim_ports, hidden_loopback
from embedded.supervisor import Supervisor
from tests.api.provider import Key, token
from tests.app_under_test import ApiClient, Person
from tests.chaos.plan import Fault
from tests.production import servers
from tests.production.commands import Failed
from tests.production.containers import Containers

START_SECONDS = 240.0
APIS = 2
"""The compose file has one, since two cannot share a port of its machine."""


@dataclass
class ProvidersClient(ApiClient):
    """The API as its callers meet it, whose tokens a provider signs."""

    key: Key = field(kw_only=True)

    def signed(self, who: Person) -> dict[str, str]:
        """The headers that prove who somebody is, by a token of the provider."""
        return {"Authorization": f"Bearer {token(self.key, sub=who.id, roles=list(who.roles))}"}


@dataclass(frozen=True)
class Network:
    """An address of this machine's own for each part, as each container has one: so they listen on
    the ports that the compose file says. Temporal's development server calls itself by 127.0.0.1
    alone, and has a port of its own there."""

    prefix: str
    temporal_port: int

    @classmethod
    def drawn(cls) -> "Network":
        """Return one of many, that no other stack has."""
        (port,) = claim_ports(Port(0, "Temporal", ""))
        return cls(hidden_loopback().rpartition(".")[0], port)

    @property
    def servers(self) -> dict[str, str]:
        """Return the servers' addresses, by the names that the compose file gives them."""
        return {"postgres": f"{self.prefix}.2", "temporal": LOOPBACK}

    @property
    def elsewhere(self) -> dict[str, str]:
        """Return the variables that differ from the compose file for it."""
        return {"TEMPORAL_ADDRESS": f"temporal:{self.temporal_port}"}

    @property
    def proxy(self) -> str:
        """Return the address where people call."""
        return f"{self.prefix}.3"

    def api(self, number: int) -> str:
        """Return the address of an API process."""
        return f"{self.prefix}.{10 + number}"


@dataclass(frozen=True)
class Shape:
    """The running whole."""

    containers: Containers
    network: Network
    api: ProvidersClient
    place: StackConnection
    supervisor: Supervisor
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def pids(self) -> dict[str, int]:
        """Return the processes that live at this moment; of nginx one of those that answer."""
        found = self.supervisor.pids | self.containers.pids()
        answers = servers.worker_of(found["proxy"]) if "proxy" in found else None
        return {**found, "proxy": answers} if answers else found

    @property
    def workers(self) -> list[str]:
        """Return the workers' containers."""
        count = self.containers.compose.replicas("worker")
        return [f"worker-{number}" for number in range(1, count + 1)]

    @property
    def hosts(self) -> dict[str, str]:
        """Return the API's containers with their addresses."""
        return {f"api-{n}": self.network.api(n) for n in range(1, APIS + 1)}

    async def replace(self, fault: Fault) -> None:
        """End a container in an orderly way and start it again, as a new release would be; one
        after the other."""
        async with self._one_by_one:
            known = await self.beating()
            await self.containers.restart(fault.where)
            await (self.serves(fault.where) if fault.where in self.hosts else self.works(known))

    async def kill(self, fault: Fault) -> None:
        """Send SIGKILL to a process, and wait until there is another one and all is well again; one
        after the other."""
        async with self._one_by_one:
            known, victim = await self.beating(), self.pids()[fault.where]
            os.kill(victim, signal.SIGKILL)

            async def is_another() -> bool:
                return self.pids().get(fault.where, victim) != victim

            await _until(is_another)
            if fault.where in self.workers:
                await self.works(known)
            for name in self.hosts:
                await self.serves(name)

    async def serves(self, name: str) -> None:
        """Wait until an API is healthy by the check of the compose file.

        Raises:
            Failed: it does not get so.
        """

        async def is_healthy() -> bool:
            return not (await self.containers.healthy("api", name, self.hosts[name])).code

        try:
            await _until(is_healthy)
        except TimeoutError as error:
            said = self.containers.log(name).read_text()[-2000:]
            raise Failed(f"{name} does not become healthy:\n{said}") from error

    async def works(self, known: AbstractSet[str]) -> None:
        """Wait until a worker works beside those that are known.

        Raises:
            TimeoutError: none does.
        """

        async def is_another() -> bool:
            return bool(await self.beating() - known)

        await _until(is_another)

    async def beating(self) -> frozenset[str]:
        """Return the workers whose heartbeat is fresh."""
        connection = await asyncpg.connect(self.place.database_url)
        try:
            return await worker_heartbeats.lately_alive(connection)
        finally:
            await connection.close()


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look once a second until something holds.

    Raises:
        TimeoutError: it does not for longer than the slowest machine takes.
    """
    async with asyncio.timeout(START_SECONDS):
        while not await holds():
            await asyncio.sleep(1)
