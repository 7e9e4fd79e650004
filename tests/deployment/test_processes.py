"""The processes of production start, wait for each other and have time enough to stop."""

import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from typer.main import get_group

import worker
from api.app import create_app
from api.server import GRACE_SECONDS
from cli.main import app
from tests.app_under_test import SECRETS_KEY
from tests.deployment.files import OURS, Json, settings_of, text_of


def seconds_in(duration: str) -> float:
    """A duration of the compose file, in seconds."""
    assert duration.endswith("s")
    return float(duration.removesuffix("s"))


def test_every_command_exists(compose: Json) -> None:
    commands = get_group(app).commands
    for service in OURS:
        assert [service] == compose[service]["command"]
        assert service in commands


def test_the_image_starts_our_command(repository: Path, dockerfile: str) -> None:
    scripts = tomllib.loads(text_of(repository, "pyproject.toml"))["project"]["scripts"]
    entrypoint = re.search(r'^ENTRYPOINT \["(.*)"\]$', dockerfile, re.MULTILINE)
    assert entrypoint is not None
    assert entrypoint[1] in scripts


BLOCKED = """
import re, sys
from importlib.metadata import packages_distributions
locked = set(re.findall(r"^([a-z0-9-]+)==", open("requirements-prod.lock").read(), re.MULTILINE))
for module, owners in packages_distributions().items():
    names = {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
    if not names & {*locked, "sequestre"}:
        sys.modules[module] = None
import cli.main, worker, api.app, api.server
"""


def test_the_processes_start_with_what_production_installs(repository: Path) -> None:
    command = [sys.executable, "-P", "-c", BLOCKED]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_health_check_asks_what_the_api_answers(compose: Json) -> None:
    check = " ".join(compose["api"]["healthcheck"]["test"])
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/[a-z0-9/]+)", check)
    assert asked is not None
    assert compose["api"]["environment"]["SEQUESTRE_PORT"] == asked[1]
    paths = create_app(settings_of(jwt_secret="s" * 32, secrets_key=SECRETS_KEY)).openapi()["paths"]
    assert asked[2] in paths


def test_two_workers_work(compose: Json) -> None:
    assert compose["worker"]["deploy"]["replicas"] == 2


def test_a_worker_has_longer_to_stop_than_it_takes(
    compose: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    class Pool:
        def get_max_size(self) -> int:
            return 1

    monkeypatch.setattr(worker, "Worker", lambda _client, **options: given.update(options))
    worker.create_worker(Client, Pool())  # type: ignore[arg-type]  # neither is touched
    takes: timedelta = given["graceful_shutdown_timeout"]
    assert takes > timedelta()
    assert seconds_in(compose["worker"]["stop_grace_period"]) > takes.total_seconds()


def test_the_api_has_longer_to_stop_than_it_takes(compose: Json) -> None:
    assert seconds_in(compose["api"]["stop_grace_period"]) > GRACE_SECONDS


def test_what_runs_on_is_started_again(compose: Json) -> None:
    once = {"migrate", "temporal-schema", "temporal-setup"}
    for service, described in compose.items():
        expected = "on-failure:5" if service in once else "unless-stopped"
        assert expected == described["restart"], service


def test_each_waits_for_what_it_needs(compose: Json) -> None:
    for service, described in compose.items():
        for needed, how in described.get("depends_on", {}).items():
            once = str(compose[needed]["restart"]).startswith("on-failure")
            expected = "service_completed_successfully" if once else "service_healthy"
            assert expected == how["condition"], f"{service} needs {needed}"
            assert once or "healthcheck" in compose[needed], needed


def test_nothing_may_gain_rights(compose: Json) -> None:
    for service, described in compose.items():
        assert described["security_opt"] == ["no-new-privileges:true"], service
        assert described.get("read_only") or "postgres" in service, service
        assert "privileged" not in described


def test_only_people_get_ports_and_only_on_this_machine(compose: Json) -> None:
    published = {service: one["ports"] for service, one in compose.items() if "ports" in one}
    assert {"api", "web-ui"} == set(published)
    for ports in published.values():
        assert all(port.startswith("127.0.0.1:") for port in ports)
