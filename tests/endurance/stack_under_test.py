"""A running product that is used at length, and the proof of it afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import asyncpg
from temporalio.client import Client

from db.migrate import migrate
from db.pool import create_pool
from embedded.stack import running_stack
from infra import temporal
from reconcile.proof import prove
from tests.app_under_test import ApiClient, calling
from tests.db.oracles import violations

AT_ONCE = 16
CONNECTIONS = 20
SETTLING_SECONDS = 60.0
"""What is still under way when everything has been asked for is given so long."""

Given = TypeVar("Given")
Gives = TypeVar("Gives")


@dataclass(frozen=True)
class StackUnderTest:
    """The API as its callers meet it, its process, its database and its Temporal."""

    api: ApiClient
    api_pid: int
    database_url: str
    temporal: Client


@dataclass
class Findings:
    """Figures for people, and everything that did not hold."""

    figures: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def demand(self, holds: bool, otherwise: str) -> None:
        """Notes what is wrong unless it holds."""
        if not holds:
            self.wrong.append(otherwise)


@asynccontextmanager
async def running_stack_under_test(
    data_dir: Path, **settings: str
) -> AsyncIterator[StackUnderTest]:
    """PostgreSQL, Temporal, API and worker as processes of their own, until the block ends."""
    async with running_stack(
        data_dir,
        port=0,
        temporal_port=0,
        temporal_ui_port=0,
        migrate=migrate,
        extra_env={f"SEQUESTRE_{name.upper()}": value for name, value in settings.items()},
    ) as stack:
        client = await temporal.connect(
            target_host=stack.temporal_address, namespace=stack.temporal_namespace
        )
        async with calling(stack.api_url, stack.jwt_secret) as api:
            yield StackUnderTest(api, stack.pids["api"], stack.database_url, client)


async def demand_proof(stack: StackUnderTest, findings: Findings) -> None:
    """What `sequestre check` and the oracles of the database find is wrong."""
    pool = await create_pool(stack.database_url, CONNECTIONS)
    proof = await prove(pool, stack.temporal, SETTLING_SECONDS)
    await pool.close()
    connection = await asyncpg.connect(stack.database_url)
    found = await violations(connection)
    await connection.close()
    findings.figures["check"] = f"{len(proof.findings)} findings in {proof.orders} orders"
    findings.wrong += [f"check: {one}" for one in proof.findings]
    findings.wrong += found
