"""Migrations leave the processes of the release before what they use: first more, a release later
less."""

import re
from pathlib import Path

import pytest

from db.migrate import MIGRATIONS
from tests.db.schema_changes import refused, releases, statements

FIRST = "0050"
"""Migrations before it were written before they were read here."""

READ = sorted(path for path in MIGRATIONS.glob("*.sql") if path.name >= FIRST)
RELEASED = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-", re.MULTILINE)

TAKES_AWAY = {
    "ALTER TABLE orders DROP COLUMN note": "takes something away",
    "ALTER TABLE orders DROP note": "takes something away",
    "DROP TABLE letters": "takes something away",
    "DROP FUNCTION IF EXISTS tell(uuid)": "takes something away",
    "DROP VIEW seen": "takes something away",
    "ALTER TABLE orders ALTER note DROP DEFAULT": "takes a default away",
    "ALTER TABLE orders RENAME note TO remark": "gives something another name",
    "ALTER TABLE orders RENAME TO sales": "gives something another name",
    "ALTER INDEX orders_by_buyer RENAME TO by_buyer": "gives something another name",
    "ALTER TABLE orders SET SCHEMA old": "moves something",
    "ALTER TABLE orders ALTER COLUMN note TYPE integer": "gives a column another type",
    "ALTER TABLE orders ALTER note SET DATA TYPE integer": "gives a column another type",
    "ALTER TYPE state RENAME VALUE 'a' TO 'b'": "changes a type",
    "ALTER DOMAIN cents ADD CHECK (value > 0)": "changes a type",
    "ALTER TABLE orders ALTER note SET NOT NULL": "demands a value",
    "ALTER TABLE orders ADD COLUMN note text NOT NULL": "demands a value",
    "ALTER TABLE orders ADD note text NOT NULL": "demands a value",
    "ALTER TABLE orders ADD COLUMN a integer DEFAULT 0, ADD COLUMN b text NOT NULL": (
        "demands a value"
    ),
    "ALTER TABLE orders ADD CONSTRAINT short CHECK (length(note) < 9)": "forbids what was allowed",
    "ALTER TABLE orders ADD CHECK (note <> '')": "forbids what was allowed",
    "ALTER TABLE orders ADD COLUMN note text CHECK (note <> '')": "forbids what was allowed",
    "CREATE UNIQUE INDEX one ON orders (note)": "forbids what was allowed",
    "REVOKE UPDATE ON orders FROM sequestre_app": "takes a right away",
    "TRUNCATE orders": "empties a table",
    "DELETE FROM orders": "empties a table",
    "DO $$ BEGIN DROP TABLE orders; END $$": "does what cannot be read here",
}
LEAVES_ALL = [
    "ALTER TABLE orders ADD COLUMN note text",
    "ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT ''",
    "ALTER TABLE orders ADD note integer GENERATED ALWAYS AS (1) STORED NOT NULL",
    "ALTER TABLE orders ALTER note SET DEFAULT ''",
    "ALTER TABLE orders ALTER note DROP NOT NULL",
    "ALTER TABLE orders DROP CONSTRAINT short",
    "ALTER TYPE state ADD VALUE 'frozen'",
    "CREATE INDEX some ON orders (note)",
    "DROP INDEX some",
    "DROP TRIGGER fed ON orders",
    "CREATE TRIGGER kept BEFORE TRUNCATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION f()",
    "REVOKE EXECUTE ON FUNCTION tell() FROM PUBLIC",
    "GRANT SELECT ON orders TO sequestre_app",
    "-- DROP TABLE orders",
    "COMMENT ON TABLE orders IS 'RENAME it; DROP TABLE orders'",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ TRUNCATE orders $$",
    "CREATE TABLE fresh (id int NOT NULL); CREATE UNIQUE INDEX one ON fresh (id)",
    "CREATE TABLE fresh (id int); ALTER TABLE fresh ADD CONSTRAINT a CHECK (id > 0)",
]


@pytest.mark.parametrize(("sql", "why"), TAKES_AWAY.items(), ids=list(TAKES_AWAY))
def test_what_older_processes_may_need_is_not_taken_away(sql: str, why: str) -> None:
    assert why in {one.why for one in refused(f"SELECT 1;\n{sql};\n")}


@pytest.mark.parametrize("sql", LEAVES_ALL)
def test_what_leaves_everything_is_no_matter(sql: str) -> None:
    assert refused(f"{sql};") == []


def test_the_contract_half_says_which_release_no_longer_uses_it() -> None:
    sql = "ALTER TABLE orders DROP COLUMN note, DROP COLUMN remark;"
    note, remark = (
        f"-- contract: 0.2.0 no longer uses orders.{one}\n" for one in ("note", "remark")
    )
    assert refused(f"{note}{remark}{sql}") == []
    assert [one.statement for one in refused(f"{note}{sql}")] == [
        "ALTER TABLE orders DROP COLUMN remark"
    ]
    assert len(refused(f"-- contract: 0.2.0 no longer uses requests.note\n{sql}")) == 2
    assert len(refused(f"-- 0.2.0 no longer uses orders.note\n{sql}")) == 2


def test_what_is_harmless_says_why() -> None:
    sql = "ALTER TABLE orders ADD CONSTRAINT kind_check CHECK (kind IN ('a', 'b', 'new'));"
    assert refused(f"-- harmless: kind_check, since it allows more than before\n{sql}") == []
    assert refused(f"-- harmless: another_check, since it allows more than before\n{sql}") != []
    assert refused(f"-- harmless: kind_check\n{sql}") != []


def test_statements_come_apart_where_they_end() -> None:
    sql = "SELECT ';' -- ;\n, 1; CREATE FUNCTION f() AS $body$ a; b $body$; /* ; */ SELECT 2"
    assert [*statements(sql)] == ["SELECT '' , 1", "CREATE FUNCTION f() AS ''", "SELECT 2"]


@pytest.mark.parametrize("migration", READ, ids=lambda path: path.stem)
def test_migrations_leave_what_the_release_before_uses(migration: Path) -> None:
    assert refused(migration.read_text(encoding="utf-8")) == []


def test_what_is_taken_away_was_given_up_by_a_release_that_is_out(repository: Path) -> None:
    out = set(RELEASED.findall((repository / "CHANGELOG.md").read_text(encoding="utf-8")))
    for migration in READ:
        assert releases(migration.read_text(encoding="utf-8")) <= out, migration.name
