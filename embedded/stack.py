"""The whole product on one machine: two servers, the API and the worker, from start to stop."""

import os
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from embedded.child import Child, at_once
from embedded.data_directory import DataDirectory
from embedded.environment import forget_postgres_variables, program_environment
from embedded.orphan_processes import stop_orphans
from embedded.ports import LOOPBACK, Port, claim_ports, hidden_loopback, listener_on
from embedded.postgres import Postgres
from embedded.stack_file import StackInfo, ensure_secret, write_stack
from embedded.supervisor import Supervisor
from embedded.temporal import NAMESPACE, Temporal
from infra.setting_types import leads_to_this_machine
from infra.token_roles import ROLES
from infra.web_ui_door import DoorServer

Say = Callable[[str], None]
Migrate = Callable[[str], Awaitable[object]]

PROGRAMS: Final[Mapping[str, Sequence[str]]] = {
    name: (sys.executable, "-P", "-m", "cli.main", name) for name in ("api", "worker")
}
SIGNED_WITH = "SEQUESTRE_JWT_SECRET"
ENTRANCE = "SEQUESTRE_DEMO_ENTRANCE"
WEB_UI: Final = ("Temporal Web UI", "--temporal-ui-port")
METRICS: Final[Mapping[str, str]] = {
    "api": "SEQUESTRE_API_METRICS_ADDRESS",
    "worker": "SEQUESTRE_WORKER_METRICS_ADDRESS",
    "sdk": "SEQUESTRE_METRICS_ADDRESS",
}
"""The settings that say where metrics are shown, by whose they are."""
# Building a TLS context with the machine's certificates takes longer than asking.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _silent(_: str) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Stack(StackInfo):
    """A running stack."""

    supervisor: Supervisor = field(repr=False)

    @property
    def pids(self) -> dict[str, int]:
        """Return the process ids of the stack's four processes, of those that live just now."""
        return self.supervisor.pids

    async def wait_until_stopped(self) -> None:
        """Wait until cancelled, as `cancelled_by_signals` does.

        Raises:
            StackError: a part of the stack cannot be kept alive.
        """
        await self.supervisor.wait()


@asynccontextmanager
async def running_stack(
    data_dir: Path,
    *,
    port: int = 8000,
    temporal_port: int = 7233,
    temporal_ui_port: int = 8233,
    metrics_port: int | None = None,
    migrate: Migrate | None = None,
    extra_env: Mapping[str, str] = {},
    fast: bool = False,
    postgres_settings: Mapping[str, str] = {},
    say: Say = _silent,
    programs: Mapping[str, Sequence[str]] = PROGRAMS,
) -> AsyncIterator[Stack]:
    """Run a stack on a data directory for as long as the block lasts.

    Port 0 takes a free one. Metrics are shown at the `metrics_port` and the two behind it, if there
    is one. `migrate` gets the database's URL before the programs start.
    `extra_env` goes to the programs. `fast` gives up durability over a crash of the machine.
    `postgres_settings` are the database server's, by the names of postgresql.conf. `say` gets a
    line for whatever a person should know.

    Raises:
        StackError: it cannot start; the text is a sentence for people.
    """
    forget_postgres_variables()
    directory, hidden = DataDirectory.at(data_dir), hidden_loopback()
    wishes = (
        Port(port, "API", "--port"),
        Port(temporal_port, "Temporal", "--temporal-port"),
        Port(temporal_ui_port, *WEB_UI),
        Port(0, *WEB_UI, address=hidden),
        *metrics_ports(metrics_port),
    )
    if not directory.has_a_stack:
        claim_ports(*wishes)  # nothing is laid down for a stack that cannot start
    with directory.held(say):
        await stop_orphans(directory, say)
        # After what was left of an earlier run has ended: it may listen on them.
        ports = claim_ports(*wishes)
        postgres = await Postgres.in_directory(
            directory, say, fast=fast, settings=postgres_settings
        )
        temporal = Temporal(
            database=directory.path / "temporal.db",
            port=ports[1],
            ui_address=hidden,
            ui_port=ports[3],
        )
        ensure_secret(directory)
        info = replace(
            _info(directory, postgres, temporal, ports[0], ports[2]),
            metrics_urls=_metrics_urls(ports[4:]),
        )
        async with (
            _supervised(directory, postgres, say) as supervisor,
            DoorServer(temporal.ui_url).open(listener_on(Port(ports[2], *WEB_UI))),
        ):
            await supervisor.start(postgres.child(), temporal.child())
            await postgres.ensure_database()
            if migrate:
                await migrate(info.database_url)
            await supervisor.start(*_programs(info, programs, extra_env))
            write_stack(info)
            yield Stack(**vars(info), supervisor=supervisor)


@asynccontextmanager
async def _supervised(
    directory: DataDirectory, postgres: Postgres, say: Say
) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(directory, say)
    try:
        yield supervisor
    finally:
        # First, so that no other command is led to servers that are about to stop.
        directory.stack_file.unlink(missing_ok=True)
        await supervisor.stop()
        postgres.forget_sockets()


def metrics_ports(first: int | None) -> list[Port]:
    """Return the wishes for where metrics are shown: ports behind each other, or free ones."""
    if first is None:
        return []
    return [
        Port(first and first + offset, "metrics", "--metrics-port")
        for offset in range(len(METRICS))
    ]


def _metrics_urls(ports: Sequence[int]) -> dict[str, str]:
    shown = zip(METRICS, ports, strict=False)
    return {whose: f"http://{LOOPBACK}:{port}/metrics" for whose, port in shown}


@asynccontextmanager
async def running_postgres(
    data_dir: Path, *, fast: bool = False, say: Say = _silent
) -> AsyncIterator[Postgres]:
    """Run PostgreSQL alone, with the product's empty database.

    Raises:
        StackError: it cannot start; the text is a sentence for people.
    """
    forget_postgres_variables()
    directory = DataDirectory.at(data_dir)
    with directory.held(say):
        await stop_orphans(directory, say)
        postgres = await Postgres.in_directory(directory, say, fast=fast)
        supervisor = Supervisor(directory, say)
        try:
            await supervisor.start(postgres.child())
            await postgres.ensure_database()
            yield postgres
        finally:
            await supervisor.stop()
            postgres.forget_sockets()


def environment(info: StackInfo, name: str) -> dict[str, str]:
    """Return the environment of a program: this one, and where the stack answers. The key of tokens
    is the API's alone.

    A developer's own Temporal profile and variables stay out.
    """
    known = program_environment() | _where(info)
    known.pop(SIGNED_WITH, None)
    known["SEQUESTRE_PUBLIC_URL"] = known.get("SEQUESTRE_PUBLIC_URL") or info.api_url
    known["SEQUESTRE_TEMPORAL_UI"] = info.temporal_ui_url  # its own, whatever another stack's is
    return known | (_of_the_api(info, known) if name == "api" else {ENTRANCE: "false"})


def _of_the_api(info: StackInfo, known: Mapping[str, str]) -> dict[str, str]:
    is_here = leads_to_this_machine(known["SEQUESTRE_PUBLIC_URL"])
    entrance = known.get(ENTRANCE) or str(is_here).lower()
    return {SIGNED_WITH: info.jwt_secret, ENTRANCE: entrance}


def _where(info: StackInfo) -> dict[str, str]:
    return {
        "SEQUESTRE_DATABASE_URL": info.database_url,
        "SEQUESTRE_SECRETS_KEY": info.secrets_key or "",
        "SEQUESTRE_ROLES_CLAIM": "roles",  # as the tokens that the stack signs
        "SEQUESTRE_ROLE_NAMES": ",".join(f"{role}={role}" for role in ROLES),
        "SEQUESTRE_HOST": LOOPBACK,
        "SEQUESTRE_PORT": str(urlsplit(info.api_url).port),
        "TEMPORAL_ADDRESS": info.temporal_address,
        "TEMPORAL_NAMESPACE": info.temporal_namespace,
        "TEMPORAL_CONFIG_FILE": os.devnull,  # what stands in nobody's way
        **{METRICS[whose]: urlsplit(url).netloc for whose, url in info.metrics_urls.items()},
    }


def _info(
    directory: DataDirectory, postgres: Postgres, temporal: Temporal, port: int, ui_port: int
) -> StackInfo:
    return StackInfo(
        data_dir=directory.path,
        database_url=postgres.database_url(),
        temporal_address=temporal.address,
        temporal_namespace=NAMESPACE,
        temporal_ui_url=f"http://{LOOPBACK}:{ui_port}",
        api_url=f"http://{LOOPBACK}:{port}",
        jwt_secret_file=directory.secret_file,
        secrets_key_file=directory.secrets_key_file,
    )


def _programs(
    info: StackInfo, programs: Mapping[str, Sequence[str]], extra_env: Mapping[str, str]
) -> list[Child]:
    async def answers() -> bool:
        return await is_ready(info.api_url)

    return [
        Child(
            name=name,
            argv=argv,
            env=environment(info, name) | dict(extra_env),
            ready=answers if name == "api" else at_once,
        )
        for name, argv in programs.items()
    ]


async def is_ready(api_url: str) -> bool:
    """Return whether an API answers, and what it needs does."""
    async with httpx.AsyncClient(trust_env=False, verify=_NO_CERTIFICATES, timeout=5) as client:
        try:
            answer = await client.get(f"{api_url}/v1/health/ready")
        except httpx.HTTPError:
            return False
    return answer.status_code == httpx.codes.OK
