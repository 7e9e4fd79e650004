"""docker-compose.yml as Compose reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.app_under_test import Json

COMPOSE_FILE = "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<how>[-?])(?P<other>[^}]*))?\}")
TIMES = {"s": 1, "m": 60}


class NotSet(Exception):
    """A variable that the file insists on has no value; the message is the file's own."""


@dataclass(frozen=True)
class Compose:
    """The services of the file, with every variable replaced by what the environment says."""

    services: Mapping[str, Json]

    @classmethod
    def read(cls, file: Path, environment: Mapping[str, str]) -> "Compose":
        """Return the services of a file.

        Raises:
            NotSet: a variable that must have a value has none.
        """
        return cls(interpolated(cls.described(file), environment))

    @staticmethod
    def described(file: Path) -> Json:
        """Return the services of a file as they stand there."""
        document: Json = yaml.safe_load(file.read_text(encoding="utf-8"))
        services: Json = document["services"]
        return services

    def environment(self, service: str) -> dict[str, str]:
        """Return the variables that a service is started with."""
        said = self.services[service].get("environment", {})
        return {name: str(value) for name, value in said.items()}

    def health_check(self, service: str) -> list[str]:
        """Return the command that ends with 0 while a service is healthy."""
        kind, *command = self.services[service]["healthcheck"]["test"]
        if kind != "CMD":
            raise NotImplementedError(f"a health check of the kind {kind}")
        return [str(word) for word in command]

    def replicas(self, service: str) -> int:
        """Return how many of a service run."""
        return int(self.services[service].get("deploy", {}).get("replicas", 1))


def interpolated(said: Any, environment: Mapping[str, str]) -> Any:
    """Return a part of the file with `${NAME}`, `${NAME:-default}` and `${NAME:?message}` replaced.

    Raises:
        NotSet: a variable that must have a value has none.
    """
    if isinstance(said, dict):
        return {name: interpolated(one, environment) for name, one in said.items()}
    if isinstance(said, list):
        return [interpolated(one, environment) for one in said]
    if isinstance(said, str):
        return VARIABLE.sub(lambda found: _value(found, environment), said)
    return said


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    value = environment.get(found["name"], "")
    if not value and found["how"] == "?":
        raise NotSet(f"{found['name']}: {found['other']}")
    return value or (found["other"] if found["how"] == "-" else "")


def seconds(duration: str) -> int:
    """Return the seconds of a duration as Compose writes it: `40s`, `2m`."""
    return int(duration[:-1]) * TIMES[duration[-1]]
