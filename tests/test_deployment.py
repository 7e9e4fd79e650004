"""The production files against what the code really reads: no engine runs them here."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from api.app import create_app
from cli.main import app
from infra.settings import Settings
from infra.temporal import GRACE
from workflows import attributes

SECRET_WORDS = ("PASSWORD", "PWD", "SECRET", "KEY", "TOKEN")
SETTINGS = {f"SEQUESTRE_{name.upper()}" for name in Settings.model_fields}
COMPOSE_ONLY = {"SEQUESTRE_VERSION"}
TEMPORAL = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}


@pytest.fixture(scope="module")
def compose(repository: Path) -> dict[str, Any]:
    """docker-compose.yml."""
    read: dict[str, Any] = yaml.safe_load((repository / "docker-compose.yml").read_text())
    return read


def names_in(example: str) -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def environments(compose: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (service, name, str(value))
        for service, said in compose["services"].items()
        for name, value in said.get("environment", {}).items()
    ]


def test_every_variable_of_ours_in_compose_is_a_setting(compose: dict[str, Any]) -> None:
    named = {name for _, name, _ in environments(compose) if name.startswith("SEQUESTRE_")}
    assert set() == named - SETTINGS


def test_every_variable_that_compose_asks_for_is_in_the_example(repository: Path) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (repository / "docker-compose.yml").read_text()))
    example = set(
        re.findall(r"^([A-Z_]+)=", (repository / ".env.example").read_text(), re.MULTILINE)
    )
    assert set() == asked - example - COMPOSE_ONLY - {"TEMPORAL_UI_PORT"}


def test_the_example_names_every_setting_and_no_other(repository: Path) -> None:
    example = set(
        re.findall(r"^([A-Z_]+)=", (repository / ".env.example").read_text(), re.MULTILINE)
    )
    assert {name for name in example if name.startswith("SEQUESTRE_")} == SETTINGS


def test_the_examples_defaults_are_the_codes(repository: Path) -> None:
    lines = (repository / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if re.match(r"SEQUESTRE_[A-Z_]+=.", line))
    values = {name.removeprefix("SEQUESTRE_").lower(): value for name, value in given.items()}
    example = Settings.model_validate({"database_url": "postgresql://x/y", **values})
    plain = Settings.model_validate({"database_url": "postgresql://x/y"})
    assert plain == example


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for service, name, value in environments(compose):
        if any(word in name for word in SECRET_WORDS):
            assert value.startswith("${"), f"{service}: {name}"
        assert not re.search(r"://[^:/]+:(?!\$\{)[^@]+@", value), f"{service}: {name}"


def test_temporals_variables_are_those_its_sdk_reads(compose: dict[str, Any]) -> None:
    for service in ("api", "worker"):
        said = compose["services"][service]["environment"]
        assert {name for name in said if name.startswith("TEMPORAL_")} == TEMPORAL


def test_every_command_exists(compose: dict[str, Any]) -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    ours = [compose["services"][name]["command"] for name in ("migrate", "api", "worker")]
    assert {command[0] for command in ours} <= commands


def test_the_health_check_asks_what_the_api_answers(compose: dict[str, Any]) -> None:
    settings = Settings.model_validate({"database_url": "postgresql://x/y", "jwt_secret": "s" * 40})
    check = " ".join(compose["services"]["api"]["healthcheck"]["test"])
    path = re.search(r":8000(/[a-z0-9/]+)", check)
    assert path is not None
    assert path.group(1) in create_app(settings).openapi()["paths"]


def test_images_are_pinned_and_none_is_deprecated(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.search(r":\S*\d+\.\d+", service["image"]), name
        assert "auto-setup" not in service["image"]


def test_processes_have_longer_to_stop_than_they_take(compose: dict[str, Any]) -> None:
    for name in ("api", "worker"):
        grace = int(compose["services"][name]["stop_grace_period"].removesuffix("s"))
        assert grace > GRACE.total_seconds()


def test_two_workers_work(compose: dict[str, Any]) -> None:
    assert compose["services"]["worker"]["deploy"]["replicas"] == 2


def test_temporal_learns_every_search_attribute(repository: Path) -> None:
    script = (repository / "deploy" / "temporal-setup.sh").read_text()
    pairs = re.findall(r"\b(\w+)=(Keyword|Datetime)", script)
    assert dict(pairs) == attributes.TYPES


def test_the_image_holds_every_package_and_runs_without_rights(repository: Path) -> None:
    dockerfile = (repository / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    packages = {path.parent.name for path in repository.glob("*/__init__.py")} - {"tests"}
    assert packages == copied
    assert "\nUSER sequestre\n" in dockerfile
    assert "--require-hashes -r requirements-prod.lock" in dockerfile
