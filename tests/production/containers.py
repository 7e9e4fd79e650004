"""The containers of the product: podman runs the image as the compose file says."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.app_under_test import Json
from tests.production.commands import Ran, must, ran
from tests.production.compose import Compose, seconds

READ_ELSEWHERE = {
    "build",  # image.py
    "command",
    "environment",
    "image",
    "depends_on",  # shape.py starts one after the other
    "deploy",  # shape.py starts as many
    "healthcheck",  # `healthy`
    "ports",  # nginx reaches the API where it listens
}


def options(service: Json) -> list[str]:
    """Return podman's options for how a service of the compose file is confined, started and ended.

    Raises:
        NotImplementedError: the file says something that nobody here carries out.
    """
    return [word for name, said in sorted(service.items()) for word in _option(name, said)]


def _option(name: str, said: object) -> Iterator[str]:
    match name, said:
        case "read_only", True:
            # Without the writable places that podman would add by itself.
            yield from ("--read-only", "--read-only-tmpfs=false")
        case "init", True:
            yield "--init"
        case "stop_grace_period", str():
            yield f"--stop-timeout={seconds(said)}"
        case "restart", str():
            yield f"--restart={said}"
        case (("tmpfs" | "cap_drop" | "security_opt"), list()):
            yield from (f"--{name.replace('_', '-')}={one}" for one in said)
        case _ if name not in READ_ELSEWHERE:
            raise NotImplementedError(f"{name}: {said}")


@dataclass(frozen=True)
class Podman:
    """podman with a store, a configuration and a run directory of its own."""

    environment: Mapping[str, str]

    async def __call__(self, *words: str) -> str:
        """Run a command of podman's.

        Raises:
            Failed: it ends with another code than 0.
        """
        return await must("podman", *words, env=self.environment)

    async def tries(self, *words: str) -> Ran:
        """Run a command of podman's that may fail."""
        return await ran("podman", *words, env=self.environment)


@dataclass(frozen=True)
class Containers:
    """The product's containers, on this machine's network. `hosts` are the names by which they find
    the servers, with their addresses; `elsewhere` has the variables that differ from the file;
    `place` has logs, process ids and variables."""

    podman: Podman
    compose: Compose
    hosts: Mapping[str, str]
    elsewhere: Mapping[str, str]
    place: Path
    names: list[str] = field(default_factory=list)
    """Those that run on."""

    async def once(
        self, service: str, *words: str, command: Sequence[str] | None = None
    ) -> tuple[int, str]:
        """Run a service, or another command of its image in its place, to its end; return its exit
        code and what it said."""
        own = [one for one in self._options(service, {}) if not one.startswith("--restart")]
        said = self.compose.services[service]
        argv = ["run", "--rm", *own, *words, said["image"], *(command or said["command"])]
        done = await self.podman.tries(*argv)
        return done.code, done.said

    async def start(self, service: str, name: str, **otherwise: str) -> None:
        """Start a service under a name; it runs until `stop`, or until all end. `otherwise` are
        variables in which it differs from the file."""
        said = self.compose.services[service]
        own = self._options(service, otherwise)
        files = [f"--pidfile={self.pid_file(name)}", f"--log-opt=path={self.log(name)}"]
        self.names.append(name)
        await self.podman(
            "run", "--detach", f"--name={name}", *files, *own, said["image"], *said["command"]
        )

    async def restart(self, name: str) -> None:
        """End a container as a replacement would, by SIGTERM and after its grace SIGKILL, and start
        it again."""
        await self.podman("stop", name)
        await self.podman("start", name)

    async def healthy(self, service: str, name: str, host: str) -> Ran:
        """Ask the service's own health check, inside, at the address where this one listens."""
        check = [one.replace("127.0.0.1", host) for one in self.compose.health_check(service)]
        return await self.inside(name, *check)

    async def inside(self, name: str, *command: str) -> Ran:
        """Run a command in a container, as its user."""
        return await self.podman.tries("exec", name, *command)

    async def described(self, name: str) -> Json:
        """Return what podman knows of a container."""
        (found,) = json.loads(await self.podman("inspect", name))
        described: Json = found
        return described

    def pids(self) -> dict[str, int]:
        """Return the process ids of the containers that live at this moment, by their names."""
        found = {name: _number(self.pid_file(name)) for name in self.names}
        return {name: pid for name, pid in found.items() if pid}

    async def end(self) -> None:
        """End all containers and forget them."""
        ends = (self.podman.tries("stop", name) for name in self.names)
        await asyncio.gather(*ends)
        await self.podman.tries("rm", "--all", "--force", "--time=0")

    def log(self, name: str) -> Path:
        """Return where a container's output stands."""
        return self.place / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        """Return where a container's process id stands."""
        return self.place / f"{name}.pid"

    def _options(self, service: str, otherwise: Mapping[str, str]) -> list[str]:
        variables = self.place / f"{service}.{'.'.join(otherwise.values()) or 'as it is'}.env"
        said = self.compose.environment(service)
        said |= {name: value for name, value in self.elsewhere.items() if name in said}
        said |= otherwise
        variables.write_text("".join(f"{name}={value}\n" for name, value in said.items()))
        return [
            *options(self.compose.services[service]),
            f"--env-file={variables}",
            *(f"--add-host={name}:{address}" for name, address in self.hosts.items()),
            *("--network=host", "--log-driver=k8s-file", "--pull=never"),
        ]


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
