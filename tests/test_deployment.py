"""The production files against what the code really reads: no container engine runs them here."""

import asyncio
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from typer.main import get_group

import worker
from api.app import create_app
from api.server import GRACE_SECONDS
from cli.main import app
from db import health
from db.migrate import migrate
from db.pool import APP_ROLE
from embedded.postgres import SUPERUSER, Postgres
from embedded.stack import running_postgres
from embedded.temporal import Temporal
from infra.settings import Settings
from tests.app_under_test import SECRETS_KEY
from tests.production.servers import make_logins
from workflows import attributes

OURS = ("api", "worker", "migrate")
SECRET = re.compile(r"PASSWORD|PWD|SECRET|API_KEY|TOKEN|PRIVATE_KEY")
OPTIONAL_SECRETS = (
    *("SEQUESTRE_SMTP_PASSWORD", "SEQUESTRE_OIDC_CLIENT_SECRET"),
    *("SEQUESTRE_STRIPE_SECRET_KEY", "SEQUESTRE_STRIPE_WEBHOOK_SECRETS"),
)
REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
ADDRESS_WITH_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@")
SETTINGS = {f"SEQUESTRE_{name.upper()}" for name in Settings.model_fields}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def compose(repository: Path) -> Json:
    """The services of docker-compose.yml."""
    services: Json = yaml.safe_load(_text(repository, "docker-compose.yml"))["services"]
    return services


@pytest.fixture(scope="module")
def example(repository: Path) -> dict[str, str]:
    """The variables of .env.example with their values."""
    lines = _text(repository, ".env.example").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


@pytest.fixture(scope="module")
def dockerfile(repository: Path) -> str:
    """The Dockerfile."""
    return _text(repository, "Dockerfile")


def _text(repository: Path, name: str) -> str:
    return (repository / name).read_text(encoding="utf-8")


def _variables(compose: Json) -> Iterator[tuple[str, str, str]]:
    for service, described in compose.items():
        for name, value in described.get("environment", {}).items():
            yield service, name, str(value)


def _settings(**values: Any) -> Settings:
    settings: Settings = Settings.model_validate({"database_url": "postgresql://x/y", **values})
    return settings


def _seconds(duration: str) -> float:
    assert duration.endswith("s")
    return float(duration.removesuffix("s"))


# --- variables -----------------------------------------------------------------------------------


def test_every_variable_of_ours_is_a_setting(
    compose: Json, example: dict[str, str], dockerfile: str
) -> None:
    named = {name for _, name, _ in _variables(compose)} | set(example)
    named |= set(re.findall(r"SEQUESTRE_[A-Z_]+", dockerfile))
    assert set() == {name for name in named if name.startswith("SEQUESTRE_")} - SETTINGS


def test_the_example_names_every_setting(example: dict[str, str]) -> None:
    assert set() == SETTINGS - set(example)


def test_the_example_says_what_each_variable_is_for(repository: Path) -> None:
    said = False
    for line in _text(repository, ".env.example").splitlines():
        if re.match(r"[A-Z_]+=", line):
            assert said, line
        else:
            said = line.startswith("# ") and not line.startswith("# ---")


def test_the_examples_values_are_the_codes_defaults(example: dict[str, str]) -> None:
    given = {name.removeprefix("SEQUESTRE_").lower(): example[name] for name in SETTINGS}
    assert _settings() == _settings(**{name: value for name, value in given.items() if value})


def test_the_example_names_every_variable_that_compose_asks_for(
    repository: Path, example: dict[str, str]
) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", _text(repository, "docker-compose.yml")))
    assert set() == asked - set(example)


def test_the_example_names_nothing_that_nobody_reads(
    repository: Path, example: dict[str, str]
) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", _text(repository, "docker-compose.yml")))
    assert set() == set(example) - asked - SETTINGS


def test_every_setting_reaches_the_api(compose: Json) -> None:
    assert SETTINGS - {"SEQUESTRE_JWT_SECRET"} <= set(compose["api"]["environment"])


def test_what_compose_leaves_empty_keeps_its_default(
    compose: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in compose["api"]["environment"].items():
        if re.fullmatch(r"\$\{[A-Z_]+:-\}", str(value)):
            monkeypatch.setenv(name, "")
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", "postgresql://x/y")
    assert _settings() == Settings(_env_file=None)


@pytest.mark.parametrize("service", ["api", "worker"])
def test_temporals_sdk_reads_each_of_its_variables(compose: Json, service: str) -> None:
    named = {
        name: str(value)
        for name, value in compose[service]["environment"].items()
        if name.startswith("TEMPORAL_")
    }
    assert {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"} <= set(named)
    nothing = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars={})
    for name, value in named.items():
        only_it = ClientConfig.load_client_connect_config(
            disable_file=True, override_env_vars={name: value}
        )
        assert nothing != only_it, f"{name} changes nothing"


def test_the_api_alone_is_told_whose_tokens_are_good(compose: Json) -> None:
    told = {service for service, name, _ in _variables(compose) if "JW" in name}
    assert {"api"} == told


@pytest.mark.parametrize("name", ["JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE"])
def test_whose_tokens_are_good_cannot_be_forgotten(compose: Json, name: str) -> None:
    assert REQUIRED.fullmatch(compose["api"]["environment"][f"SEQUESTRE_{name}"])


# --- secrets -------------------------------------------------------------------------------------


def test_every_secret_comes_from_outside_and_cannot_be_forgotten(compose: Json) -> None:
    # A mail server may want no password, a public client has no secret, and an operator who writes
    # payments down needs none: the settings see to it.
    secrets = [
        one
        for one in _variables(compose)
        if SECRET.search(one[1]) and one[1] not in OPTIONAL_SECRETS
    ]
    assert len(secrets) >= len(OURS)
    for service, name, value in secrets:
        assert REQUIRED.fullmatch(value), f"{service}: {name}"


def test_no_address_holds_a_password(compose: Json, example: dict[str, str]) -> None:
    for _, name, value in _variables(compose):
        assert not ADDRESS_WITH_PASSWORD.search(value), name
    for name, value in example.items():
        assert not ADDRESS_WITH_PASSWORD.search(value), name


def test_the_example_holds_no_secret(example: dict[str, str]) -> None:
    secrets = {name: value for name, value in example.items() if SECRET.search(name)}
    assert {"POSTGRES_PASSWORD", "SEQUESTRE_JWT_SECRET"} <= set(secrets)
    assert {""} == set(secrets.values())


def test_no_secret_can_slip_into_the_image(repository: Path) -> None:
    ignored = _text(repository, ".dockerignore").splitlines()
    first = next(line for line in ignored if line and not line.startswith("#"))
    assert first == "*"
    assert not any(line.startswith("!.") for line in ignored)


def test_the_api_and_the_workers_do_not_log_in_as_the_owner(compose: Json) -> None:
    users = {
        service: compose[service]["environment"]["SEQUESTRE_DATABASE_URL"].split("@")[0]
        for service in OURS
    }
    service, owner = "postgresql://sequestre_service", "postgresql://sequestre_owner"
    assert {"api": service, "worker": service, "migrate": owner} == users


@pytest.fixture(scope="module")
async def fresh_postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A PostgreSQL of this module's own: roles belong to a whole server."""
    async with running_postgres(tmp_path_factory.mktemp("production"), fast=True) as server:
        yield server


async def test_the_logins_can_do_their_work_and_no_more(fresh_postgres: Postgres) -> None:
    url = fresh_postgres.database_url()
    await asyncio.to_thread(make_logins, url, OWNER_PASSWORD="o'wn\"er", SERVICE_PASSWORD="s")
    await migrate(url.replace(f"{SUPERUSER}@", "sequestre_owner@"))
    as_service = url.replace(f"{SUPERUSER}@", "sequestre_service@")
    service = await asyncpg.connect(as_service, server_settings={"role": APP_ROLE})
    assert await health.answers(service)
    await service.execute("SET ROLE NONE")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("UPDATE ledger.balance SET balance = 1")
    await service.close()


# --- processes -----------------------------------------------------------------------------------


def test_every_command_exists(compose: Json) -> None:
    commands = get_group(app).commands
    for service in OURS:
        assert [service] == compose[service]["command"]
        assert service in commands


def test_the_image_starts_our_command(repository: Path, dockerfile: str) -> None:
    scripts = tomllib.loads(_text(repository, "pyproject.toml"))["project"]["scripts"]
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
    paths = create_app(_settings(jwt_secret="s" * 32, secrets_key=SECRETS_KEY)).openapi()["paths"]
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
    assert _seconds(compose["worker"]["stop_grace_period"]) > takes.total_seconds()


def test_the_api_has_longer_to_stop_than_it_takes(compose: Json) -> None:
    assert _seconds(compose["api"]["stop_grace_period"]) > GRACE_SECONDS


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


# --- images --------------------------------------------------------------------------------------


def test_images_are_pinned_and_none_is_deprecated(compose: Json, dockerfile: str) -> None:
    images = [one["image"] for one in compose.values()]
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    for image in images:
        assert re.search(r":\d+\.\d+", image), image
        assert "auto-setup" not in image


def test_temporals_images_are_of_one_release(compose: Json) -> None:
    releases = {
        one["image"].split(":")[1]
        for one in compose.values()
        if one["image"].startswith(("temporalio/server", "temporalio/admin-tools"))
    }
    assert len(releases) == 1


def test_our_image_has_our_version(repository: Path, compose: Json) -> None:
    version = tomllib.loads(_text(repository, "pyproject.toml"))["project"]["version"]
    assert {f"sequestre:{version}"} == {compose[service]["image"] for service in OURS}


def test_the_image_holds_all_that_the_wheel_is_made_of(repository: Path, dockerfile: str) -> None:
    wheel = tomllib.loads(_text(repository, "pyproject.toml"))["tool"]["hatch"]["build"]
    wanted = set(wheel["targets"]["wheel"]["only-include"])
    copied = {
        name
        for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE)
        for name in line.split()
    }
    allowed = {
        line.removeprefix("!")
        for line in _text(repository, ".dockerignore").splitlines()
        if line.startswith("!")
    }
    assert wanted <= copied
    assert {name for name in copied if not name.startswith(("-", "/"))} == allowed


def test_the_wheel_holds_what_migrate_applies(repository: Path) -> None:
    packed = {Path(file.path) for file in WheelBuilder(str(repository)).recurse_included_files()}
    applied = {*(repository / "db").rglob("*.sql")}
    assert len(applied) > 20
    assert applied <= packed


def test_the_image_installs_only_what_is_locked(repository: Path, dockerfile: str) -> None:
    installs = re.findall(r"\bpip install (.+)", dockerfile.replace("\\\n", ""))
    version = re.search(r"^UV_VERSION := (.+)$", _text(repository, "Makefile"), re.MULTILINE)
    assert version is not None
    for install in installs:
        tool = f"uv=={version[1]}" in install
        assert tool or "--require-hashes" in install or "--no-deps" in install, install
    assert "-r requirements-prod.lock" in dockerfile
    assert "--build-constraints requirements.lock --require-hashes" in dockerfile


def test_the_image_runs_without_rights(dockerfile: str) -> None:
    final = dockerfile.split("FROM ")[-1]
    user = re.search(r"^USER (\d+)$", final, re.MULTILINE)
    assert user is not None
    assert int(user[1]) > 0
    assert final.index("USER") < final.index("ENTRYPOINT")


# --- Temporal ------------------------------------------------------------------------------------


def test_temporal_learns_every_search_attribute(repository: Path) -> None:
    pairs = re.findall(r"\b([A-Z]\w+)=([A-Z]\w+)", _text(repository, "deploy/temporal-setup.sh"))
    assert dict(pairs) == attributes.TYPES


def test_every_file_that_a_container_reads_is_there(repository: Path, compose: Json) -> None:
    for service, described in compose.items():
        said = yaml.safe_dump(described)
        inside = re.findall(r"(?<![.\w])/deploy/([\w.-]+)", said)
        mounted = re.findall(r"\./deploy/([\w.-]+)", said)
        for name in inside + mounted:
            assert (repository / "deploy" / name).is_file(), f"{service}: {name}"
        assert not inside or "./deploy:/deploy:ro" in described["volumes"], service


def test_temporals_server_has_its_dynamic_configuration(repository: Path, compose: Json) -> None:
    path = compose["temporal"]["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    settings = yaml.safe_load(_text(repository, path.removeprefix("/")))
    assert all(isinstance(values, list) for values in settings.values())


def test_nobody_reaches_the_web_ui_but_through_its_door(repository: Path, compose: Json) -> None:
    settings = _text(repository, "deploy/temporal-ui.yaml")
    assert settings.startswith("# enable-template\n")
    plain = yaml.safe_load(re.sub(r"\{\{.*?\}\}", "filled-in", settings))
    assert compose["temporal-ui"]["network_mode"] == "service:web-ui"
    mounted = "./deploy/temporal-ui.yaml:/home/ui-server/config/docker.yaml:ro"
    assert mounted in compose["temporal-ui"]["volumes"]
    inner = f"--inner=http://{plain['host']}:{plain['port']}"
    assert inner == "--inner=http://127.0.0.1:8080"
    assert inner in compose["web-ui"]["command"]
    named = set(re.findall(r'env "(\w+)"', settings))
    assert named == set(compose["temporal-ui"]["environment"])


def test_the_door_of_the_web_ui_understands_its_options(compose: Json) -> None:
    name, *options = compose["web-ui"]["command"]
    command = get_group(app).commands[name]
    given = command.make_context(name, [re.sub(r"\$\{.*:-(.*)\}", r"\1", one) for one in options])
    assert given.params["port"] == int(compose["web-ui"]["ports"][0].rpartition(":")[2])
    assert given.params["name"] == ("localhost",)
    assert given.params["host"] != "127.0.0.1"  # that is its container's own


def test_temporals_http_api_answers_by_the_same_name_as_in_the_embedded_stack(
    repository: Path, tmp_path: Path
) -> None:
    settings = yaml.safe_load(_text(repository, "deploy/temporal-dynamic-config.yaml"))
    (setting,) = settings["frontend.httpAllowedHosts"]
    server = Temporal(database=tmp_path / "t.db", port=1, ui_port=2, ui_address="127.0.0.1")
    assert f"frontend.httpAllowedHosts={json.dumps(setting['value'])}" in server.child().argv
