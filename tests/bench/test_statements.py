"""Transactions are told from one another in PostgreSQL's log, whoever else writes into it."""

from pathlib import Path

from bench.statements import Counted, StatementLog, transactions, without

OF_TWO_PROCESSES = """\
11 LOG:  statement: BEGIN;
12 LOG:  execute __asyncpg_stmt_1__: SELECT record_step($1)
11 LOG:  execute __asyncpg_stmt_4__: SELECT o.id,
\tARRAY(SELECT 1)
\tFROM orders o
11 LOG:  statement: SAVEPOINT a;
11 LOG:  statement: ROLLBACK TO a;
12 ERROR:  a message of another kind
11 LOG:  statement: COMMIT;
12 LOG:  statement: BEGIN;
"""


def test_each_process_has_its_own_transactions() -> None:
    begun: dict[str, list[str]] = {}
    assert [*transactions(OF_TWO_PROCESSES.splitlines(), begun)] == [
        ("SELECT record_step($1)",),
        (
            "BEGIN;",
            "SELECT o.id,\n\tARRAY(SELECT 1)\n\tFROM orders o",
            "SAVEPOINT a;",
            "ROLLBACK TO a;",
            "COMMIT;",
        ),
    ]
    assert begun == {"12": ["BEGIN;"]}


def test_what_is_under_way_is_counted_once_it_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "postgres.log"
    file.write_text("9 LOG:  statement: SELECT 0\n")
    log = StatementLog(file)
    with file.open("a") as written:
        written.write("9 LOG:  statement: BEGIN;\n9 LOG:  statement: SELECT")
    assert log.new() == []
    with file.open("a") as written:
        written.write(" 1\n9 LOG:  statement: COMMIT;\n")
    assert log.new() == [("BEGIN;", "SELECT 1", "COMMIT;")]
    assert log.new() == []


def test_what_goes_on_all_the_time_is_left_out() -> None:
    idle = [("SELECT 1",), ("BEGIN;", "SELECT 2", "COMMIT;")]
    lived = [*idle, ("SELECT 2",), ("BEGIN;", "SELECT 3", "COMMIT;")]
    assert Counted(4, 2) == Counted.of(without(idle, lived))
