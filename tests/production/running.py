"""Starting the production shape: the containers of the compose file between servers."""

import asyncio
import base64
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx
from cryptography import x509

from cli.stack_connection import StackConnection
from db.sealing import Keyring
from embedded.data_directory import DataDirectory
from embedded.environment import forget_postgres_variables
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.supervisor import Supervisor
from embedded.temporal import NAMESPACE, Temporal
from tests.api.provider import AUDIENCE, ISSUER, Key, Provider, publishing, rsa
from tests.certificates import self_signed
from tests.chaos.proxied_stack import WINDOWS
from tests.production import servers
from tests.production.commands import Failed
from tests.production.compose import COMPOSE_FILE, Compose
from tests.production.containers import Containers, Podman
from tests.production.image import ROOT, Say
from tests.production.shape import Network, ProvidersClient, Shape

ANSWER_SECONDS = 60.0
"""As long as the proxy waits: who gave up before would take a machine that is busy for an API that
was not replaced well."""
PASSWORDS = ("POSTGRES", "OWNER", "SERVICE", "TEMPORAL_POSTGRES")


@asynccontextmanager
async def running_shape(
    podman: Podman, place: Path, window: int, decision_expiry: str, say: Say
) -> AsyncIterator[Shape]:
    """Run the production shape in a directory for as long as the block lasts, with windows of so
    many seconds.

    Raises:
        Failed: it does not come up.
    """
    forget_postgres_variables()
    directory, network, key = DataDirectory.at(place), Network.drawn(), rsa("one")
    async with AsyncExitStack() as opened:
        opened.enter_context(directory.held(say))
        provider = await opened.enter_async_context(publishing(Provider([key])))
        variables = _variables(provider, network, window, decision_expiry)
        compose = Compose.read(ROOT / COMPOSE_FILE, variables)
        supervisor = Supervisor(directory, say)
        opened.push_async_callback(supervisor.stop)
        database_url = await _servers(supervisor, directory, network, compose, variables, say)
        files = directory.path / "containers"
        files.mkdir(mode=0o700, exist_ok=True)
        containers = Containers(podman, compose, network.servers, network.elsewhere, files)
        opened.push_async_callback(containers.end)
        api = await opened.enter_async_context(_client(directory.path / "tls.pem", network, key))
        where = {"target_host": f"{LOOPBACK}:{network.temporal_port}", "namespace": NAMESPACE}
        keyring = Keyring.read(variables["SEQUESTRE_SECRETS_KEY"])
        known = StackConnection(database_url, where, keyring=keyring)
        shape = Shape(containers, network, api, known, supervisor)
        await _started(shape, say)
        await _proxied(shape, directory)
        yield shape


def _variables(
    provider: Provider, network: Network, window: int, decision_expiry: str
) -> dict[str, str]:
    """Return what an operator writes into `.env`."""
    return {
        **{f"{name}_PASSWORD": secrets.token_hex(24) for name in PASSWORDS},
        "SEQUESTRE_SECRETS_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEQUESTRE_JWKS_URL": provider.url,
        "SEQUESTRE_JWT_ISSUER": ISSUER,
        "SEQUESTRE_JWT_AUDIENCE": AUDIENCE,
        "SEQUESTRE_KEEP_ALIVE": "75",
        "SEQUESTRE_TRUSTED_PROXIES": LOOPBACK,
        "SEQUESTRE_PUBLIC_URL": f"https://{network.proxy}",
        "SEQUESTRE_DECISION_EXPIRY": decision_expiry,
        **{f"SEQUESTRE_{name.upper()}_WINDOW": f"PT{window}S" for name in WINDOWS},
    }


async def _servers(
    supervisor: Supervisor,
    directory: DataDirectory,
    network: Network,
    compose: Compose,
    variables: Mapping[str, str],
    say: Say,
) -> str:
    """Start the servers and prepare them as the compose file does; return where the database
    answers its superuser."""
    command = compose.services["postgres"]["command"]
    postgres = await servers.postgres(directory, say, network.servers["postgres"], command)
    temporal = _temporal(directory, network.temporal_port)
    await supervisor.start(postgres.child(), temporal.child())
    await postgres.ensure_database()
    passwords = {name: variables[name] for name in ("OWNER_PASSWORD", "SERVICE_PASSWORD")}
    await asyncio.to_thread(servers.make_logins, postgres.database_url(), **passwords)
    environment = compose.environment("temporal-setup")
    await servers.set_up(temporal, environment)
    return postgres.database_url()


def _temporal(directory: DataDirectory, port: int) -> Temporal:
    (ui_port,) = claim_ports(Port(0, "Temporal Web UI", ""))
    return Temporal(
        database=directory.path / "temporal.db",
        port=port,
        ui_port=ui_port,
        ui_address=LOOPBACK,
        search_attributes={},  # the setup script makes them
    )


async def _started(shape: Shape, say: Say) -> None:
    """Migrate, then start what runs on, each as often as it is to run."""
    code, said = await shape.containers.once("migrate")
    if code:
        raise Failed(f"migrate ended with {code}:\n{said}")
    say(f"migrate: {said.splitlines()[-1]}")
    for name, host in shape.hosts.items():
        await shape.containers.start("api", name, SEQUESTRE_HOST=host)
    for name in shape.workers:
        known = await shape.beating()
        await shape.containers.start("worker", name)
        await shape.works(known)
    for name in shape.hosts:
        await shape.serves(name)
    say(f"{', '.join([*shape.hosts, *shape.workers])} work and are healthy.")


async def _proxied(shape: Shape, directory: DataDirectory) -> None:
    """Start nginx before the API."""
    apis = {name: f"{host}:8000" for name, host in shape.hosts.items()}
    listens, chain = f"{shape.network.proxy}:443", directory.path / "tls.pem"

    async def answers() -> bool:
        try:
            return (await shape.api.get("/v1/health/ready")).is_success
        except httpx.HTTPError:
            return False

    configuration = servers.configuration(listens, apis, chain)
    await shape.supervisor.start(servers.proxy(directory, configuration, answers))


@asynccontextmanager
async def _client(chain: Path, network: Network, key: Key) -> AsyncIterator[ProvidersClient]:
    """A client that trusts nobody but the proxy's own certificate."""
    await asyncio.to_thread(
        self_signed, chain, x509.DNSName(servers.NAME), x509.IPAddress(ip_address(network.proxy))
    )
    async with httpx.AsyncClient(
        base_url=f"https://{network.proxy}",
        timeout=ANSWER_SECONDS,
        verify=ssl.create_default_context(cafile=str(chain)),
        trust_env=False,
        limits=httpx.Limits(max_connections=None),
    ) as client:
        yield ProvidersClient(client, key=key)
