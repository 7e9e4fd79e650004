"""No secret stands in the production files, and nobody logs in with more rights than they need."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from db import health
from db.migrate import migrate
from db.pool import APP_ROLE
from embedded.postgres import SUPERUSER, Postgres
from embedded.stack import running_postgres
from tests.deployment.files import OURS, REQUIRED, Json, text_of, variables_of
from tests.production.servers import make_logins

SECRET = re.compile(r"PASSWORD|PWD|SECRET|API_KEY|TOKEN|PRIVATE_KEY")
OPTIONAL_SECRETS = (
    *("SEQUESTRE_SMTP_PASSWORD", "SEQUESTRE_OIDC_CLIENT_SECRET"),
    *("SEQUESTRE_STRIPE_SECRET_KEY", "SEQUESTRE_STRIPE_WEBHOOK_SECRETS"),
)
ADDRESS_WITH_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@")


def test_every_secret_comes_from_outside_and_cannot_be_forgotten(compose: Json) -> None:
    # A mail server may want no password, a public client has no secret, and an operator who writes
    # payments down needs none: the settings see to it.
    secrets = [
        one
        for one in variables_of(compose)
        if SECRET.search(one[1]) and one[1] not in OPTIONAL_SECRETS
    ]
    assert len(secrets) >= len(OURS)
    for service, name, value in secrets:
        assert REQUIRED.fullmatch(value), f"{service}: {name}"


def test_no_address_holds_a_password(compose: Json, example: dict[str, str]) -> None:
    for _, name, value in variables_of(compose):
        assert not ADDRESS_WITH_PASSWORD.search(value), name
    for name, value in example.items():
        assert not ADDRESS_WITH_PASSWORD.search(value), name


def test_the_example_holds_no_secret(example: dict[str, str]) -> None:
    secrets = {name: value for name, value in example.items() if SECRET.search(name)}
    assert {"POSTGRES_PASSWORD", "SEQUESTRE_JWT_SECRET"} <= set(secrets)
    assert {""} == set(secrets.values())


def test_no_secret_can_slip_into_the_image(repository: Path) -> None:
    ignored = text_of(repository, ".dockerignore").splitlines()
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
