"""What the database says when it refuses: what happened, and nothing of what is in its rows."""

import traceback

import asyncpg
import pytest

from db.pool import Pool, connection

STATEMENTS = {
    "a row": "INSERT INTO quiet VALUES (2, 'canary')",
    "a key": "INSERT INTO quiet VALUES (1, 'robin'), (1, 'canary')",
    "a value": "INSERT INTO quiet VALUES ('canary'::text::int, 'robin')",
    "a document": """SELECT '{"canary": canary}'::text::jsonb""",
}
TABLE = """
DROP TABLE IF EXISTS quiet;
CREATE TABLE quiet (id int PRIMARY KEY, name text CHECK (name <> 'canary' OR id = 1));
GRANT ALL ON quiet TO PUBLIC;
"""


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
async def test_an_error_holds_no_values(
    pool: Pool, owner: "asyncpg.Connection[asyncpg.Record]", statement: str
) -> None:
    await owner.execute(TABLE)
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with connection(pool) as acquired:
            await acquired.execute(statement)
    said = "".join(traceback.format_exception(caught.value))
    assert type(caught.value).__name__ in said
    assert "canary" not in said.replace(statement, "")


async def test_an_error_still_says_which_constraint(
    pool: Pool, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await owner.execute(TABLE)
    with pytest.raises(asyncpg.CheckViolationError, match="quiet_check") as caught:
        async with connection(pool) as acquired:
            await acquired.execute(STATEMENTS["a row"])
    assert caught.value.constraint_name == "quiet_check"
