"""The rows of a village, taken out of the tables to be copied from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.pool import Connection

SEQUENCES: Final = {
    "account": "ledger.account",
    "tx": "ledger.tx",
    "notice": "notices",
    "delivery": "deliveries",
    "feed": "feed",
    "deed": "operator_journal",
}
"""What is numbered, and where."""

NUMBERS: Final = {
    ("ledger.account", "id"): "account",
    ("ledger.balance", "account_id"): "account",
    ("ledger.transfer", "debit_id"): "account",
    ("ledger.transfer", "credit_id"): "account",
    ("ledger.tx", "id"): "tx",
    ("ledger.transfer", "tx_id"): "tx",
    ("ledger.outside", "tx_id"): "tx",
    ("notices", "id"): "notice",
    ("notice_reads", "notice_id"): "notice",
    ("deliveries", "id"): "delivery",
    ("deliveries", "notice_id"): "notice",
    ("feed", "number"): "feed",
    ("operator_journal", "id"): "deed",
    ("deed_outcomes", "deed_id"): "deed",
    ("repairs", "deed_id"): "deed",
}
"""The columns that hold these numbers."""

BY_NUMBER: Final = {
    "ledger.balance": "account_id",
    "ledger.transfer": "tx_id",
    "ledger.outside": "tx_id",
    "notice_reads": "notice_id",
    "feed": "number",
    "deed_outcomes": "deed_id",
}
"""Of these tables a row is a village's by a number; of all others by its mark."""

MARKED: Final = ("uuid", "jsonb")
"""Types beside text in which a mark may be."""

SUMMED: Final = ("ledger.total", "ledger.unsummed", "unnumbered")
"""What is no row of anybody's."""


@dataclass(frozen=True)
class Numbers:
    """The highest number of each sequence at an instant."""

    of: dict[str, int]

    def __getitem__(self, name: str) -> int:
        return self.of[name]


@dataclass(frozen=True)
class Column:
    """A column of a table, by its name and type."""

    name: str
    type: str


async def numbers(connection: Connection) -> Numbers:
    """Return how far each sequence is."""
    found = {}
    for name, table in SEQUENCES.items():
        column = "number" if table == "feed" else "id"
        found[name] = await connection.fetchval(f"SELECT coalesce(max({column}), 0) FROM {table}")
    return Numbers(found)


async def tables(connection: Connection) -> list[str]:
    """Return the tables that a village may have rows in."""
    rows = await connection.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
        " AND relname NOT LIKE 'schema\\_%' ORDER BY 1"
    )
    return [row["name"] for row in rows if row["name"] not in SUMMED]


async def columns(connection: Connection, table: str) -> Sequence[Column]:
    """Return a table's columns."""
    rows = await connection.fetch(
        "SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        table,
    )
    return [Column(**dict(row)) for row in rows]


def seed_name(table: str, mark: str) -> str:
    """Return where the rows of a village stand that are one table's."""
    return f"seed.{table.replace('.', '_')}_{mark}"


async def take(connection: Connection, mark: str, before: Numbers, after: Numbers) -> list[str]:
    """Move a village's rows out of the tables; return those tables."""
    taken = []
    for table in await tables(connection):
        mine = _is_mine(table, mark, before, after)
        seed = seed_name(table, mark)
        kept = ", ".join(_as_text(one) for one in await columns(connection, table))
        await connection.execute(
            f"CREATE TABLE {seed} AS SELECT {kept} FROM {table} t WHERE {mine}"
        )
        await connection.execute(f"ANALYZE {seed}")
        if await connection.fetchval(f"SELECT count(*) FROM {seed}"):
            await connection.execute(f"DELETE FROM {table} t WHERE {mine}")
            taken.append(table)
    return taken


def _as_text(column: Column) -> str:
    """Return SQL for a column as it is copied from: in what a mark may be, once for all copies."""
    return f'"{column.name}"::text' if column.type in MARKED else f'"{column.name}"'


def _is_mine(table: str, mark: str, before: Numbers, after: Numbers) -> str:
    column = BY_NUMBER.get(table)
    if column is None:
        return f"t::text LIKE '%{mark}%'"
    name = NUMBERS[table, column]
    return f"t.{column} > {before[name]} AND t.{column} <= {after[name]}"
