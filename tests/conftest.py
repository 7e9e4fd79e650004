"""The real servers that the tests run against, started by the tests themselves."""

import gc
import itertools
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import hypothesis
import pytest
import structlog
from temporalio.testing import WorkflowEnvironment
from temporalio.worker._workflow import _WorkflowWorker

import api.app
import api.auth.provider_client
import api.gateway
import db.pool
from db.migrate import migrate
from db.pool import Pool, create_pool
from embedded.postgres import Postgres
from embedded.stack import running_postgres
from infra import logs
from tests.app_under_test import ApiClient, AppUnderTest, eventually, running_app
from tests.providers.paper import PaperProvider
from tests.providers.paper_payouts import APPROVED_ABOVE, PaperPayouts
from tests.temporal_server import local_server, time_skipping_server
from worker import paying_worker

TEMPLATE = "template_sequestre"
USUAL_PATIENCE = db.pool.CONNECT_SECONDS, db.pool.STATEMENT_SECONDS, dict(db.pool.SESSION)

_numbers = itertools.count()

# No example has a deadline: one that waits for a processor would be taken for one that takes long.
hypothesis.settings.register_profile("exploring", hypothesis.settings(), deadline=None)
# The same examples in every run, so that a failure is one for everybody.
hypothesis.settings.register_profile(
    "patient", hypothesis.settings(), deadline=None, derandomize=True
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def no_foreign_settings() -> Iterator[None]:
    """A developer's own SEQUESTRE_…, TEMPORAL_… and PG… variables stay out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("SEQUESTRE_", "TEMPORAL_", "PG")):
                patch.delenv(name)
        patch.setenv("TEMPORAL_CONFIG_FILE", os.devnull)
        yield


@pytest.fixture(autouse=True)
def logs_of_one_test() -> Iterator[None]:
    """A command that runs within the process sets logging up for what it writes to, which is closed
    once it has ended: who logs later would write there, or be kept from it by its levels."""
    root = logging.getLogger()
    quiet = [logging.getLogger(name) for name in logs.NOISY_LOGGERS]
    handlers, levels = root.handlers[:], [one.level for one in (root, *quiet)]
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    for logger, level in zip((root, *quiet), levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session", autouse=True)
def patient_sdk() -> Iterator[None]:
    """The SDK takes a workflow that gets no processor for two seconds for one that hangs. On a busy
    machine it would fail a replay so, or break whatever is just being done in that thread."""
    begin = _WorkflowWorker.__init__

    def patient(worker: _WorkflowWorker, **options: Any) -> None:
        begin(worker, **options)
        assert worker._deadlock_timeout_seconds == 2
        worker._deadlock_timeout_seconds = 60

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_WorkflowWorker, "__init__", patient)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_database() -> Iterator[None]:
    """Whoever waits four seconds for a turn is told that the database is away, and whoever does
    nothing for ten with a transaction open loses it. On a busy machine that would be said to people
    who only come all at once, and done to tests that hold somebody up."""
    longer = {"lock_timeout": "17500ms", "statement_timeout": "25s"}
    longer["idle_in_transaction_session_timeout"] = "60s"
    with pytest.MonkeyPatch.context() as patch:
        _let_wait(patch, 15.0, 20.0, longer)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_gateway() -> Iterator[None]:
    """Temporal that says nothing for three seconds is taken to be away, and who acts is told 202.
    On a busy machine it may be that long without a processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.gateway, "BUDGET_SECONDS", 20.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_sign_in() -> Iterator[None]:
    """An identity provider that says nothing for three seconds is taken to be away. Those of tests
    wait for the same processor as who asks them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.auth.provider_client, "FETCH_SECONDS", 20.0)
        yield


@pytest.fixture
def usual_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test makes waits as the product does."""
    _let_wait(monkeypatch, *USUAL_PATIENCE)


def _let_wait(
    patch: pytest.MonkeyPatch, connect: float, statement: float, session: dict[str, str]
) -> None:
    patch.setattr(db.pool, "CONNECT_SECONDS", connect)
    patch.setattr(db.pool, "STATEMENT_SECONDS", statement)
    for name, value in session.items():
        patch.setitem(db.pool.SESSION, name, value)


@pytest.fixture(scope="session")
def passable() -> Iterator[Path]:
    """A directory for servers that run under another account: pytest shuts its own to them again
    whenever another session of it starts."""
    with tempfile.TemporaryDirectory(prefix="sequestre-tests-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture(scope="session")
async def postgres(passable: Path) -> AsyncIterator[Postgres]:
    """A real PostgreSQL with a migrated database to copy."""
    async with running_postgres(passable / "postgres", fast=True) as server:
        await server.ensure_database(TEMPLATE)
        await migrate(server.database_url(TEMPLATE))
        yield server


async def copy_of_template(postgres: Postgres) -> str:
    """A fresh migrated database; gives its URL."""
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(postgres.database_url("postgres"))

    async def copied() -> bool:
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        except asyncpg.ObjectInUseError:  # PostgreSQL itself tidies there, and has 5 s to leave
            return False
        return True

    await eventually(copied)
    await connection.close()
    return postgres.database_url(name)


async def emptied(database_url: str) -> None:
    """Forgets who was told of what and how: for tests that share a database, which is much faster
    than one for each."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "TRUNCATE people, display_names, confirmed_addresses, confirmations, notices, notice_reads,"
        " deliveries, endpoint_tests, webhook_endpoints, idempotency_keys"
    )
    await connection.close()


@pytest.fixture
async def database_url(postgres: Postgres) -> str:
    """A fresh migrated database of the test's own; the URL logs in as its owner, a superuser."""
    return await copy_of_template(postgres)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections as the product makes them, to the test's own database."""
    pool = await create_pool(database_url, 20)
    yield pool
    await pool.close()


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A superuser's connection to the test's own database: for tampering."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def temporal_server() -> AsyncIterator[WorkflowEnvironment]:
    """A real Temporal server."""
    async with await local_server() as server:
        yield server


@pytest.fixture
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server of the test's own in which waiting takes no time."""
    async with await time_skipping_server() as server:
        yield server


@pytest.fixture(scope="session")
async def app(
    postgres: Postgres, temporal_server: WorkflowEnvironment
) -> AsyncIterator[AppUnderTest]:
    """The whole product in this process: API over HTTP on loopback, worker, servers."""
    url = await copy_of_template(postgres)
    async with running_app(url, temporal_server.client) as running:
        yield running


Paper = TypeVar("Paper", bound=PaperProvider)


def _taken(patch: pytest.MonkeyPatch, provider: Paper) -> Paper:
    """The provider that APIs have which are opened from here on."""
    patch.setattr(api.app, "provider_of", lambda _: provider)
    return provider


@asynccontextmanager
async def _marketplace(
    app: AppUnderTest, provider: PaperProvider, **settings: Any
) -> AsyncIterator[ApiClient]:
    async with (
        app.with_settings(relay_pause=0.05, **settings) as opened,
        paying_worker(app.temporal, app.pool, provider),
    ):
        yield opened


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> PaperProvider:
    """Whom people pay."""
    return _taken(monkeypatch, PaperProvider())


@pytest.fixture
async def shop(app: AppUnderTest, provider: PaperProvider) -> AsyncIterator[ApiClient]:
    """The API of a marketplace with a provider, and somebody who sees to payments."""
    async with _marketplace(app, provider) as opened:
        yield opened


@pytest.fixture
def payer(monkeypatch: pytest.MonkeyPatch) -> PaperPayouts:
    """Who takes payments and pays people out."""
    return _taken(monkeypatch, PaperPayouts())


@pytest.fixture
async def payout_shop(app: AppUnderTest, payer: PaperPayouts) -> AsyncIterator[ApiClient]:
    """The API of a marketplace whose provider pays people out too; large ones wait for approval."""
    async with _marketplace(app, payer, payout_approval_above=APPROVED_ABOVE) as opened:
        yield opened


@pytest.fixture(scope="module")
async def own_app(postgres: Postgres) -> AsyncIterator[AppUnderTest]:
    """A product on a Temporal server of its own: nobody else's worker takes its orders."""
    url = await copy_of_template(postgres)
    async with await local_server() as server, running_app(url, server.client) as running:
        yield running


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's root."""
    return Path(__file__).parent.parent


def pytest_unconfigure() -> None:
    """Lets the Temporal SDK's threads end first: they can crash in the interpreter's exit."""
    gc.collect()


def pytest_collection_finish() -> None:
    """Thousands of tests are kept to the end: looking through them for garbage takes long."""
    gc.collect()
    gc.freeze()
