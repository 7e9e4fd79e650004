"""The compose file is one that Compose reads, and what `make production` runs is what it says."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.app_under_test import Json
from tests.production.compose import COMPOSE_FILE, Compose, NotSet, interpolated, seconds
from tests.production.containers import Containers, Podman, options

OURS = ("api", "worker", "migrate")
VARIABLES = {
    name: f"what {name} says"
    for name in (
        *("POSTGRES_PASSWORD", "OWNER_PASSWORD", "SERVICE_PASSWORD", "TEMPORAL_POSTGRES_PASSWORD"),
        *("SEQUESTRE_SECRETS_KEY", "SEQUESTRE_JWKS_URL"),
        *("SEQUESTRE_JWT_ISSUER", "SEQUESTRE_JWT_AUDIENCE"),
    )
}
RECORDING = """#!/bin/sh
printf '%s\\n' "$@" >"$0.said"
echo podman version 5.0.0
"""


@pytest.fixture(scope="module")
def compose(repository: Path) -> Compose:
    """The file as it is read with the variables that it insists on."""
    return Compose.read(repository / COMPOSE_FILE, VARIABLES)


@pytest.fixture
def containers(compose: Compose, tmp_path: Path) -> Containers:
    """Containers of a podman that does nothing but remember what it was told."""
    stub = tmp_path / "podman"
    stub.write_text(RECORDING)
    stub.chmod(0o755)
    hosts = {"postgres": "127.1.1.2", "temporal": "127.1.1.3"}
    podman = Podman({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    return Containers(podman, compose, hosts, {"TEMPORAL_ADDRESS": "temporal:1"}, tmp_path)


def told(containers: Containers) -> tuple[list[str], dict[str, str]]:
    """What podman was told last, and the variables of the file that it was given."""
    words = (containers.place / "podman.said").read_text().splitlines()
    (file,) = (word.removeprefix("--env-file=") for word in words if word.startswith("--env-file="))
    lines = Path(file).read_text().splitlines()
    return words, dict(line.split("=", 1) for line in lines)


# --- what Compose reads --------------------------------------------------------------------------


def test_the_file_keeps_to_the_specification_of_compose(repository: Path, tmp_path: Path) -> None:
    assert _checked(repository / COMPOSE_FILE) == 0
    wrong = tmp_path / COMPOSE_FILE
    text = (repository / COMPOSE_FILE).read_text(encoding="utf-8")
    wrong.write_text(text.replace("read_only: true", "read_only: [mostly]"), encoding="utf-8")
    assert _checked(wrong) != 0


def _checked(file: Path) -> int:
    words = ("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file))
    return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode


def test_another_program_reads_the_same(
    repository: Path, compose: Compose, containers: Containers
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "podman_compose", "-f", str(repository / COMPOSE_FILE), "config"],
        # It wants a podman to be there, of whatever kind.
        env={**containers.podman.environment, **VARIABLES},
        capture_output=True,
        text=True,
        check=True,
    )
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == set(compose.services)
    for service, said in compose.services.items():
        for name in ("image", "command", "healthcheck", "read_only", "tmpfs", "cap_drop", "init"):
            assert read[service].get(name) == said.get(name), f"{service}: {name}"
        assert _variables(read[service]) == compose.environment(service), service


def _variables(service: Json) -> dict[str, str]:
    return {name: str(value) for name, value in service.get("environment", {}).items()}


def test_what_must_be_set_cannot_be_forgotten(repository: Path) -> None:
    for name in VARIABLES:
        rest = {one: value for one, value in VARIABLES.items() if one != name}
        with pytest.raises(NotSet, match=name):
            Compose.read(repository / COMPOSE_FILE, rest)


@pytest.mark.parametrize(
    ("said", "environment", "read"),
    [
        ("${NAME}", {"NAME": "a"}, "a"),
        ("${NAME}", {}, ""),
        ("x-${NAME:-b}-y", {}, "x-b-y"),
        ("${NAME:-b}", {"NAME": "a"}, "a"),
        ("${NAME:-b}", {"NAME": ""}, "b"),
        ({"one": ["${NAME:?say it}"]}, {"NAME": "a"}, {"one": ["a"]}),
        (8000, {}, 8000),
    ],
)
def test_variables_are_replaced(said: object, environment: Mapping[str, str], read: object) -> None:
    assert interpolated(said, environment) == read


def test_durations_are_seconds() -> None:
    assert (seconds("40s"), seconds("2m")) == (40, 120)


# --- what is run ---------------------------------------------------------------------------------


async def test_what_runs_on_is_run_as_the_file_says(
    compose: Compose, containers: Containers
) -> None:
    await containers.start("api", "api-1", SEQUESTRE_HOST="127.1.1.11")
    words, variables = told(containers)
    said = compose.services["api"]
    assert words[-2:] == [said["image"], "api"]
    assert set(options(said)) <= set(words)
    assert variables == compose.environment("api") | {
        "SEQUESTRE_HOST": "127.1.1.11",
        "TEMPORAL_ADDRESS": "temporal:1",
    }


async def test_what_runs_once_is_run_as_the_file_says(
    compose: Compose, containers: Containers
) -> None:
    assert await containers.once("migrate") == (0, "podman version 5.0.0")
    words, variables = told(containers)
    assert words[-2:] == [compose.services["migrate"]["image"], "migrate"]
    assert variables == compose.environment("migrate")
    assert not [word for word in words if word.startswith("--restart")]


@pytest.mark.parametrize("service", OURS)
def test_each_is_confined_as_the_file_says(service: str, compose: Compose) -> None:
    assert set(options(compose.services[service])) == {
        "--read-only",
        "--read-only-tmpfs=false",
        "--tmpfs=/tmp",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges:true",
        "--init",
        "--stop-timeout=40",
        f"--restart={compose.services[service]['restart']}",
    }


def test_what_nobody_here_carries_out_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="mem_limit"):
        options({"image": "sequestre", "mem_limit": "1g"})


async def test_the_health_check_asks_where_the_process_listens(
    compose: Compose, containers: Containers
) -> None:
    await containers.healthy("api", "api-2", "127.1.1.12")
    words = (containers.place / "podman.said").read_text().splitlines()
    asked = [word.replace("127.1.1.12", "127.0.0.1") for word in words]
    assert asked == ["exec", "api-2", *compose.health_check("api")]
    assert asked != words
