"""The servers that stand in for images which come from a registry: PostgreSQL, Temporal, nginx."""

import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from embedded.child import Child
from embedded.data_directory import DataDirectory
from embedded.environment import bare_environment
from embedded.postgres import Postgres
from embedded.postgres_files import executable
from embedded.temporal import Temporal, temporal_path
from tests.production.commands import must
from tests.production.image import ROOT

LOGINS = "deploy/postgres-logins.sql"
TEMPORAL_SETUP = "deploy/temporal-setup.sh"
NGINX = "deploy/nginx.conf"
NAME = "orders.example.org"
"""What the example calls itself."""
WHO_COMES_IN = """
local all all              trust
host  all all 127.0.0.0/8  scram-sha-256
"""
"""On the socket its superuser alone, since that is whose directory it lies in."""
AROUND = """
daemon off;
pid {place}/nginx.pid;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxied;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    include {place}/sequestre.conf;
}}
"""


async def postgres(
    directory: DataDirectory, say: Callable[[str], None], address: str, command: Sequence[str]
) -> Postgres:
    """Return a server that answers over TCP to who has a password, with the options that the
    compose file gives it."""
    who = directory.path / "pg_hba.conf"
    who.write_text(WHO_COMES_IN, encoding="utf-8")
    who.chmod(0o644)
    settings = {"listen_addresses": address, "hba_file": str(who), **dict(_options(command))}
    return await Postgres.in_directory(directory, say, settings=settings)


def _options(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what `postgres -c NAME=VALUE …` sets."""
    for option, setting in zip(command[1::2], command[2::2], strict=True):
        assert option == "-c"
        name, _, value = setting.partition("=")
        yield name, value


def make_logins(database_url: str, **passwords: str) -> None:
    """Run the script that the first start of the PostgreSQL image runs, as its superuser."""
    command = [str(executable("psql")), "--no-psqlrc", "-q", "-f", str(ROOT / LOGINS), database_url]
    subprocess.run(command, env={**os.environ, **passwords}, check=True)


async def set_up(server: Temporal, variables: Mapping[str, str]) -> None:
    """Run the script that gives Temporal its namespace and search attributes.

    Raises:
        Failed: it ends badly.
    """
    where = {"TEMPORAL_ADDRESS": server.address, "HOME": str(server.database.parent)}
    path = f"{temporal_path().parent}:{os.environ['PATH']}"
    await must("sh", str(ROOT / TEMPORAL_SETUP), env={**variables, **where, "PATH": path})


def proxy(directory: DataDirectory, configured: str, ready: Callable[[], Awaitable[bool]]) -> Child:
    """Return nginx with a configuration, as a supervisor's child."""
    place = directory.path / "nginx"
    place.mkdir(exist_ok=True)
    (place / "sequestre.conf").write_text(configured, encoding="utf-8")
    (place / "nginx.conf").write_text(AROUND.format(place=place), encoding="utf-8")
    return Child(
        name="proxy",
        argv=[
            nginx_path() or "nginx",
            *("-e", "stderr", "-p", str(place), "-c", f"{place}/nginx.conf"),
        ],
        env=bare_environment(),
        ready=ready,
    )


def nginx_path() -> str | None:
    """Return where nginx is; None where it is not installed."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


def configuration(listens: str, apis: Mapping[str, str], chain: Path) -> str:
    """Return the example of a proxy with places of this machine: where it listens, where the APIs
    do by their names in the example, the file of its certificate and key."""
    return _in_place(
        (ROOT / NGINX).read_text(encoding="utf-8"),
        {
            **{f"server {name}:8000": f"server {place}" for name, place in apis.items()},
            "listen 443": f"listen {listens}",
            f"/etc/nginx/tls/{NAME}.pem": str(chain),
            f"/etc/nginx/tls/{NAME}.key": str(chain),
        },
    )


def _in_place(example: str, places: Mapping[str, str]) -> str:
    for name, place in places.items():
        if example.count(name) != 1:
            raise ValueError(f"{NGINX} has {name!r} {example.count(name)} times")
        example = example.replace(name, place)
    return example


def worker_of(master: int) -> int | None:
    """Return the process id of a process of nginx's that answers, by that of the one which keeps
    them; None while there is none."""
    try:
        return next((one.pid for one in psutil.Process(master).children()), None)
    except psutil.NoSuchProcess:
        return None
