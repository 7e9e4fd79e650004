"""Migrations: once each, one migrator at a time, never edited; and the functions after them."""

import asyncio
import itertools
import shutil
from pathlib import Path

import asyncpg
import pytest

from db import migrate as migrations
from db.migrate import MIGRATIONS, Applied, ChangedMigration, migrate
from db.place_functions import FUNCTIONS
from embedded.postgres import Postgres
from tests.app_under_test import PATIENCE_SECONDS, eventually
from tests.conftest import copy_of_template

FILES = sorted(path.name for path in MIGRATIONS.glob("*.sql"))
ALL = Applied(FILES, sorted(path.stem for path in FUNCTIONS.glob("*.sql")))
NOTHING = Applied([], [])
MORE = Applied(["9999_more.sql"], [])

_numbers = itertools.count()


@pytest.fixture
async def empty_url(postgres: Postgres) -> str:
    """A new database without anything in it."""
    name = f"empty_{next(_numbers)}"
    await postgres.ensure_database(name)
    return postgres.database_url(name)


@pytest.fixture
async def database_url(postgres: Postgres) -> str:
    """A migrated database of the test's own."""
    return await copy_of_template(postgres)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations, to be edited."""
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    monkeypatch.setattr(migrations, "MIGRATIONS", copy)
    return copy


async def schema(database_url: str) -> list[str]:
    """Every table, column, constraint, trigger, index and function that a database has."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "SELECT pg_describe_object(classid, objid, objsubid) AS what FROM pg_depend"
        " WHERE refclassid = 'pg_namespace'::regclass"
        " AND refobjid IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'ledger'))"
    )
    await connection.close()
    return sorted(row["what"] for row in rows)


@pytest.fixture
async def expected_schema(database_url: str) -> list[str]:
    """What a migrated database has."""
    return await schema(database_url)


async def test_an_empty_database_gets_every_file_in_order(empty_url: str) -> None:
    assert await migrate(empty_url) == ALL


async def test_a_second_run_does_nothing(empty_url: str, expected_schema: list[str]) -> None:
    await migrate(empty_url)
    assert await migrate(empty_url) == NOTHING
    assert expected_schema == await schema(empty_url)


async def test_a_new_file_is_applied_to_a_database_in_use(database_url: str, files: Path) -> None:
    (files / "9999_more.sql").write_text("CREATE TABLE more ()")
    assert await migrate(database_url) == MORE


async def test_an_edited_file_that_was_applied_is_refused(database_url: str, files: Path) -> None:
    with (files / FILES[0]).open("a") as file:
        file.write("-- an afterthought\n")
    with pytest.raises(ChangedMigration, match=FILES[0]):
        await migrate(database_url)


async def test_after_an_edited_file_nothing_is_applied(
    database_url: str, files: Path, expected_schema: list[str]
) -> None:
    with (files / FILES[-1]).open("a") as file:
        file.write("-- an afterthought\n")
    (files / "9999_more.sql").write_text("CREATE TABLE more ()")
    with pytest.raises(ChangedMigration):
        await migrate(database_url)
    assert expected_schema == await schema(database_url)


async def test_a_file_that_fails_leaves_nothing_and_can_be_mended(
    database_url: str, files: Path, expected_schema: list[str]
) -> None:
    more = files / "9999_more.sql"
    more.write_text("CREATE TABLE more (); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database_url)
    assert expected_schema == await schema(database_url)
    more.write_text("CREATE TABLE more ()")
    assert await migrate(database_url) == MORE


async def test_several_migrators_at_once_apply_each_file_once(
    empty_url: str, expected_schema: list[str]
) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert applied.count(ALL) == 1
    assert applied.count(NOTHING) == 3
    assert expected_schema == await schema(empty_url)


async def test_two_databases_of_a_server_can_be_migrated_at_once(postgres: Postgres) -> None:
    names = [f"empty_{next(_numbers)}" for _ in range(2)]
    for name in names:
        await postgres.ensure_database(name)
    applied = await asyncio.gather(*(migrate(postgres.database_url(name)) for name in names))
    assert applied == [ALL, ALL]


async def test_the_role_may_be_there_already(empty_url: str, postgres: Postgres) -> None:
    connection = await asyncpg.connect(empty_url)
    assert await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'seq%'") == 1
    await connection.close()
    assert await migrate(empty_url) == ALL


@pytest.fixture
async def plain_owner_url(postgres: Postgres) -> str:
    """An empty database of somebody whom a superuser has given the role, and no other right."""
    name = f"plain_{next(_numbers)}"
    connection = await asyncpg.connect(postgres.database_url("postgres"))
    await connection.execute(f"CREATE ROLE {name} LOGIN; GRANT sequestre_app TO {name}")
    await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    await connection.close()
    return postgres.database_url(name).replace("//postgres@", f"//{name}@")


async def test_an_owner_who_is_no_superuser_can_migrate(plain_owner_url: str) -> None:
    assert await migrate(plain_owner_url) == ALL


async def waiting(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Whether somebody waits for a table of this database as a whole."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    found: bool = await connection.fetchval(query)
    return found


LOCKING = "ALTER TABLE services ADD more text"


async def test_a_migration_steps_back_from_a_table_in_use_and_comes_again(
    database_url: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "9999_more.sql").write_text(LOCKING)
    monkeypatch.setattr(migrations, "PAUSE_SECONDS", 0.01)
    reader = await asyncpg.connect(database_url)
    other = await asyncpg.connect(database_url)
    async with reader.transaction():
        await reader.execute("SELECT FROM services")
        migrating = asyncio.create_task(migrate(database_url))
        # Whoever came after it is served while the first one goes on reading.
        await eventually(lambda: waiting(other))
        await other.execute("SELECT FROM services", timeout=PATIENCE_SECONDS)
        assert not migrating.done()
    assert await migrating == MORE
    await reader.close()
    await other.close()


async def test_a_migration_that_waits_in_a_circle_steps_back_and_comes_again(
    database_url: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "9999_more.sql").write_text(f"LOCK TABLE orders; {LOCKING}")
    for name, value in {"LOCK_SECONDS": PATIENCE_SECONDS, "PAUSE_SECONDS": 0.01}.items():
        monkeypatch.setattr(migrations, name, value)
    reader = await asyncpg.connect(database_url)
    other = await asyncpg.connect(database_url)
    # Of the two it is the migration that gives way.
    await reader.execute(f"SET deadlock_timeout = '{2 * PATIENCE_SECONDS}s'")
    async with reader.transaction():
        await reader.execute("SELECT FROM services")
        migrating = asyncio.create_task(migrate(database_url))
        await eventually(lambda: waiting(other))
        await reader.execute("SELECT FROM orders", timeout=2 * PATIENCE_SECONDS)
    assert await migrating == MORE
    await reader.close()
    await other.close()


async def test_a_migration_that_never_gets_its_table_fails_and_leaves_nothing(
    database_url: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "9999_more.sql").write_text(LOCKING)
    for name, value in {"LOCK_SECONDS": 1, "PAUSE_SECONDS": 0.01, "ATTEMPTS": 2}.items():
        monkeypatch.setattr(migrations, name, value)
    before = await schema(database_url)
    reader = await asyncpg.connect(database_url)
    async with reader.transaction():
        await reader.execute("SELECT FROM services")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await migrate(database_url)
    assert before == await schema(database_url)
    await reader.close()
