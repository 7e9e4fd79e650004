"""A village copied: the rows of its seed with another mark, other numbers and later instants."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bench.growth.seed import NUMBERS, Column, Numbers, columns, seed_name
from db.pool import Connection

MIXER: Final = 2_654_435_761
"""Odd, so that no two copies get one mark, and large, so that their ids lie anywhere."""

OF_DOCUMENT: Final = {("disputed_orders", "opened_at")}
"""Instants that say what a document says, in which all of them stay."""

ACCOUNTS_AFTER: Final = {"debit_after": "debit_id", "credit_after": "credit_id"}


@dataclass(frozen=True)
class Plan:
    """How a village is copied: how often, from which number on each sequence goes, and by how much
    more with each copy; when the first one was, and how much later each next one is."""

    mark: str
    copies: int
    before: Numbers
    after: Numbers
    base: Numbers
    played_at: datetime
    begins_at: datetime
    each: timedelta
    marks_from: int = 1
    """Where the marks of its copies begin, which are no other village's."""

    def stride(self, name: str) -> int:
        """Return by how much a number goes on with each copy."""
        return self.after[name] - self.before[name]

    def beyond(self) -> Numbers:
        """Return how far the sequences are after the last copy."""
        return Numbers({one: n + self.copies * self.stride(one) for one, n in self.base.of.items()})

    def number(self, column: str, name: str) -> str:
        """Return SQL for a number of copy `c`; of what is shared it stays."""
        first = self.before[name]
        moved = f"{column} - {first} + {self.base[name]} + c.n * {self.stride(name)}"
        return f"CASE WHEN {column} > {first} THEN {moved} ELSE {column} END"

    def said(self, column: str) -> str:
        """Return SQL for a text of copy `c`."""
        return f"replace({column}, '{self.mark}', c.mark)"

    def at(self, column: str) -> str:
        """Return SQL for an instant of copy `c`."""
        shift = (self.begins_at - self.played_at).total_seconds()
        return f"{column} + make_interval(secs => {shift} + c.n * {self.each.total_seconds()})"

    def copied(self, first: int, last: int) -> str:
        """Return SQL for the copies from one to another, as `c`: their numbers and marks."""
        return (
            f"(SELECT n, lpad(to_hex((n + {self.marks_from}) * {MIXER} % 4294967296), 8, '0')"
            f" AS mark FROM generate_series({first}::bigint, {last}) AS n) AS c"
        )


async def copy_table(connection: Connection, plan: Plan, table: str, first: int, last: int) -> None:
    """Write the rows that copies `first` to `last` of a village have in a table."""
    of_table = await columns(connection, table)
    names = ", ".join(f'"{one.name}"' for one in of_table)
    values = ", ".join(_value(plan, table, one) for one in of_table)
    await connection.execute(
        f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
        f" SELECT {values} FROM {_rows(plan, table)} AS s"
        f" CROSS JOIN {plan.copied(first, last)}",
        timeout=None,
    )


def _rows(plan: Plan, table: str) -> str:
    """Return SQL for the rows to copy; of transfers with how far shared accounts have moved on."""
    seed = seed_name(table, plan.mark)
    if table != "ledger.transfer":
        return seed
    drift = f"LEFT JOIN seed.drift_{plan.mark}"
    return (
        "(SELECT x.*, debit.each AS debit_each, debit.first AS debit_first,"
        f" credit.each AS credit_each, credit.first AS credit_first FROM {seed} x"
        f" {drift} debit ON debit.account_id = x.debit_id"
        f" {drift} credit ON credit.account_id = x.credit_id)"
    )


def _value(plan: Plan, table: str, column: Column) -> str:
    name = f's."{column.name}"'
    numbered = NUMBERS.get((table, column.name))
    if numbered:
        return plan.number(name, numbered)
    if (table, column.name) == ("feed", "ref"):
        return f"CASE s.source WHEN 'transfer' THEN {plan.number(name, 'tx')} ELSE s.ref END"
    if (table, column.name) == ("ledger.outside", "id"):
        return f"ledger.transfer_id({plan.said(_KEY)})"
    if (table, column.name) == ("ledger.balance", "chain"):
        return _chain_of(plan)
    if table == "ledger.transfer" and column.name in ACCOUNTS_AFTER:
        side = column.name.removesuffix("_after")
        drift = f"s.{side}_first + c.n * s.{side}_each"
        return f"CASE WHEN s.{side}_each IS NULL THEN {name} ELSE {name} + {drift} END"
    return _plain(plan, table, column)


_KEY = "(SELECT k.key FROM seed.postings k WHERE k.id = s.tx_id)"


def _chain_of(plan: Plan) -> str:
    """Return SQL for where the chain of a village's own wallet has come to: its one top-up."""
    top_up = (
        f"(SELECT x.tx_id FROM {seed_name('ledger.transfer', plan.mark)} x"
        f" JOIN {seed_name('ledger.outside', plan.mark)} o ON o.tx_id = x.tx_id"
        " WHERE x.credit_id = s.account_id)"
    )
    return f"(SELECT t.hash FROM ledger.tx t WHERE t.id = {plan.number(top_up, 'tx')})"


def _plain(plan: Plan, table: str, column: Column) -> str:
    name, kind = f's."{column.name}"', column.type
    match kind:
        case "text":
            return plan.said(name)
        case "uuid" | "jsonb":
            return f"{plan.said(name)}::{kind}"
        case "timestamp with time zone":
            return name if (table, column.name) in OF_DOCUMENT else plan.at(name)
        case _:
            return name


async def copy_postings(connection: Connection, plan: Plan, first: int, last: int) -> None:
    """Write the postings of these copies, with fingerprints and chains of their own."""
    key, order_id = plan.said("s.key"), f"{plan.said('s.order_id')}::uuid"
    await connection.execute(
        f"""
        INSERT INTO ledger.tx (id, key, kind, order_id, currency, fingerprint, previous, hash,
                               created_at) OVERRIDING SYSTEM VALUE
        SELECT id, key, kind, order_id, currency, print,
               CASE WHEN order_id IS NULL THEN ''::bytea END,
               seed.chained(convert_to(key, 'UTF8') || print) OVER (PARTITION BY link ORDER BY id),
               created_at
        FROM (
            SELECT {plan.number("s.id", "tx")} AS id, {key} AS key, s.kind, {order_id} AS order_id,
                   s.currency, {plan.at("s.created_at")} AS created_at,
                   coalesce({order_id}::text, {key}) AS link,
                   ledger.fingerprint(s.kind, {order_id}, s.currency::text,
                                      {plan.said("p.legs::text")}::jsonb) AS print
            FROM {seed_name("ledger.tx", plan.mark)} AS s JOIN seed.postings p ON p.id = s.id
            CROSS JOIN {plan.copied(first, last)}
        ) AS made
        """,
        timeout=None,
    )
