"""Functions: each as the file of its name has it, put in place again when it is not."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from db import place_functions
from db.migrate import Applied, migrate
from db.place_functions import FUNCTIONS
from embedded.postgres import Postgres
from tests.conftest import copy_of_template

NAMES = sorted(path.stem for path in FUNCTIONS.glob("*.sql"))
NOTHING = Applied([], [])
DEFINITIONS = """
    SELECT p.oid::regprocedure::text AS name,
           pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '') AS definition
    FROM pg_proc p WHERE pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
"""
BY_HAND = {
    "another body": "CREATE OR REPLACE FUNCTION post_all(p_order uuid, p_currency text,"
    " p_postings jsonb) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
    "with the owner's rights": "ALTER FUNCTION post_all SECURITY DEFINER",
    "another search path": "ALTER FUNCTION post_all SET search_path = pg_temp, public",
    "for everybody": "GRANT EXECUTE ON FUNCTION post_all TO PUBLIC",
    "for the application": "GRANT EXECUTE ON FUNCTION post_all TO sequestre_app",
    "gone": "DROP FUNCTION post_all",
}


@pytest.fixture
async def database_url(postgres: Postgres) -> str:
    """A migrated database of the test's own."""
    return await copy_of_template(postgres)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A superuser's connection to it."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the functions, to be edited."""
    copy = tmp_path / "functions"
    shutil.copytree(FUNCTIONS, copy)
    monkeypatch.setattr(place_functions, "FUNCTIONS", copy)
    return copy


def edit(file: Path, old: str, new: str) -> None:
    """Puts new words in place of old ones that are there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


async def definitions(owner: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    """What the database has, and for whom."""
    return {row["name"]: row["definition"] for row in await owner.fetch(DEFINITIONS)}


async def test_each_function_of_the_database_has_its_file(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    found = await definitions(owner)
    assert sorted(name.partition("(")[0] for name in found) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_one_function_and_says_who_may_call_it(name: str) -> None:
    sql = (FUNCTIONS / f"{name}.sql").read_text()
    assert [name] == re.findall(r"^CREATE OR REPLACE FUNCTION ([\w.]+)\(", sql, re.MULTILINE)
    assert [name] == re.findall(
        r"^REVOKE ALL ON FUNCTION ([\w.]+)\([^)]*\)\s+FROM PUBLIC, sequestre_app;$",
        sql,
        re.MULTILINE,
    )


async def test_a_changed_file_is_put_in_place_by_the_next_run_alone(
    database_url: str, files: Path, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await definitions(owner)
    edit(files / "ledger.refuse_change.sql", "is append-only", "stays")
    assert await definitions(owner) == before
    assert await migrate(database_url) == Applied([], ["ledger.refuse_change"])
    after = await definitions(owner)
    assert before["ledger.refuse_change()"].replace("is append-only", "stays") == after.pop(
        "ledger.refuse_change()"
    )
    assert after.items() <= before.items()
    assert await migrate(database_url) == NOTHING


async def test_a_trigger_calls_the_function_that_was_put_in_place(
    database_url: str, files: Path, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    edit(files / "ledger.refuse_change.sql", "is append-only", "stays")
    await migrate(database_url)
    with pytest.raises(asyncpg.PostgresError, match="stays"):
        await owner.execute("TRUNCATE repairs")


async def test_several_migrators_at_once_put_it_in_place_once(
    database_url: str, files: Path
) -> None:
    edit(files / "ledger.refuse_change.sql", "is append-only", "stays")
    applied = await asyncio.gather(*(migrate(database_url) for _ in range(4)))
    assert applied.count(Applied([], ["ledger.refuse_change"])) == 1
    assert applied.count(NOTHING) == 3


async def test_where_one_file_fails_none_is_put_in_place(
    database_url: str, files: Path, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await definitions(owner)
    edit(files / "guard_order.sql", "is final", "stays")
    edit(files / "write_event.sql", "RETURN v_seq", "GIVE v_seq")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await migrate(database_url)
    assert await definitions(owner) == before
    edit(files / "write_event.sql", "GIVE v_seq", "RETURN v_seq")
    assert await migrate(database_url) == Applied([], ["guard_order"])


async def test_a_new_file_is_put_in_place(
    database_url: str, files: Path, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    (files / "one.sql").write_text("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert await migrate(database_url) == Applied([], ["one"])
    assert await owner.fetchval("SELECT one()") == 1


@pytest.mark.parametrize("change", BY_HAND.values(), ids=BY_HAND)
async def test_what_was_changed_by_hand_is_put_right(
    change: str, database_url: str, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await definitions(owner)
    await owner.execute(change)
    assert await definitions(owner) != before
    assert await migrate(database_url) == Applied([], ["post_all"])
    assert await definitions(owner) == before
    assert await migrate(database_url) == NOTHING


async def test_a_function_stays_until_a_migration_drops_it(
    database_url: str, files: Path, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await definitions(owner)
    (files / "post_all.sql").unlink()
    assert await migrate(database_url) == NOTHING
    assert await definitions(owner) == before
    await owner.execute("DROP FUNCTION post_all")
    assert await migrate(database_url) == NOTHING
    shutil.copy(FUNCTIONS / "post_all.sql", files)
    assert await migrate(database_url) == Applied([], ["post_all"])


async def test_a_database_of_a_release_with_functions_in_migrations_gets_them_all(
    database_url: str, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await definitions(owner)
    await owner.execute("DROP TABLE schema_functions")
    await owner.execute("DELETE FROM schema_migrations WHERE name = '0011_functions.sql'")
    assert await migrate(database_url) == Applied(["0011_functions.sql"], NAMES)
    assert await definitions(owner) == before
