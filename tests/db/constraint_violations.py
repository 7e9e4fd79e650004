"""How direct SQL violates the tables' constraints, and how what refuses it is taken away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import asyncpg

from tests.db.market import Owner

Drops: TypeAlias = Mapping[str, str]
"""The statement that drops each constraint, unique index and trigger, by `table.name`."""

MODES = ("origin", "replica")
"""Values of session_replication_role: ordinary triggers and foreign keys sleep under the second."""

# Values that may not be missing are the columns' own; constraint triggers are among the triggers.
_OBJECTS = """
    SELECT format('%s.%s', conrelid::regclass, conname) AS name,
           format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS sql
    FROM pg_constraint WHERE contype NOT IN ('n', 't')
    AND connamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
    UNION ALL
    SELECT format('%s.%s', indrelid::regclass, relname),
           format('DROP INDEX %s', indexrelid::regclass)
    FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
    WHERE indisunique AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_constraint
                    WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT format('%s.%s', tgrelid::regclass, tgname),
           format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_trigger WHERE NOT tgisinternal
"""


@dataclass(frozen=True)
class _Aimed:
    """What is meant to break one constraint, unique index or trigger of a table."""

    name: str
    table: str

    @property
    def breaks(self) -> str:
        """What has to refuse it."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Breach(_Aimed):
    """A copy of a table's row, changed so that one constraint or trigger is broken."""

    changes: dict[str, Any] = field(default_factory=dict)
    where: str = "true"
    found: str = "'{}'"
    """More changes: an SQL expression over the row `t` that gives them as JSON."""

    @property
    def words(self) -> str:
        """What is changed."""
        return "-".join(f"{name}={value}"[:20] for name, value in self.changes.items())

    async def provoke(self, connection: Owner) -> None:
        """Inserts the changed copy."""
        await connection.execute(
            f"INSERT INTO {self.table} OVERRIDING SYSTEM VALUE"
            f" SELECT (jsonb_populate_record(one, $1 || more)).* FROM"
            f" (SELECT t::{self.table} AS one, ({self.found})::jsonb AS more"
            f"  FROM {self.table} t WHERE {self.where} LIMIT 1) s",
            self.changes,
        )


@dataclass(frozen=True)
class Statement(_Aimed):
    """SQL that breaks one constraint or trigger."""

    words: str

    async def provoke(self, connection: Owner) -> None:
        """Says it."""
        await connection.execute(self.words)


Violation: TypeAlias = Breach | Statement


@dataclass(frozen=True)
class Pair:
    """Two that refuse the same."""

    breaks: str
    by: str
    why: str
    among: str = ""
    """Of the first one's violations, those with these words."""

    def is_of(self, violation: Violation) -> bool:
        """Whether it is refused by the second one as well."""
        return violation.breaks == self.breaks and self.among in violation.words


BACKED = [
    Pair(
        "ledger.account.account_id_currency_key",
        "ledger.account.account_pkey",
        "An id is unique already; the foreign keys that carry the currency need this one too.",
    ),
    Pair(
        "ledger.tx.tx_id_currency_key",
        "ledger.tx.tx_pkey",
        "An id is unique already; the foreign key that carries the currency needs this one too.",
    ),
    Pair(
        "ledger.tx.one_end_per_order",
        "ledger.tx.key_of_end",
        "Keys end an order once as long as they can be spelt in one way; the index does it whatever"
        " they say, because this is money that would be paid twice.",
    ),
    Pair(
        "ledger.tx.append_only",
        "ledger.transfer.currency_of_tx",
        "A transaction cannot go before its legs; the trigger stands for those without legs, and"
        " where foreign keys sleep.",
        "DELETE",
    ),
    Pair(
        "ledger.tx.append_only",
        "ledger.outside.outside_tx_id_fkey",
        "A transaction of no order cannot go before what lists it as a transfer.",
        "DELETE",
    ),
    Pair(
        "ledger.tx.no_truncate",
        "ledger.outside.no_truncate",
        "The list of transfers goes with the transactions when these are emptied.",
    ),
    Pair(
        "ledger.tx.append_only",
        "uncleared.uncleared_tx_id_fkey",
        "An earning cannot go before what keeps it from being paid out.",
        "DELETE",
    ),
    Pair(
        "ledger.tx.no_truncate",
        "uncleared.no_truncate",
        "What is not cleared goes with the transactions when these are emptied.",
    ),
    *(
        Pair(
            "operator_journal.append_only",
            by,
            "A deed cannot go before what it led to; the trigger stands for all other deeds.",
            "DELETE",
        )
        for by in ("deed_outcomes.deed_outcomes_deed_id_fkey", "repairs.repairs_deed_id_fkey")
    ),
    *(
        Pair(
            "operator_journal.no_truncate",
            by,
            "What deeds led to goes with the journal when that is emptied.",
        )
        for by in ("deed_outcomes.no_truncate", "repairs.no_truncate")
    ),
    Pair(
        "chargebacks.chargebacks_state_check",
        "chargebacks.one_chargeback_at_a_time",
        "What is in no state at all is not won, and in the way of the one that is there.",
    ),
    Pair(
        "ledger.outside.append_only",
        "wallet_notices.wallet_notices_tx_id_fkey",
        "A reversal cannot go before its notice; the trigger stands for all other transfers.",
        "DELETE",
    ),
    Pair(
        "events.append_only",
        "messages.written_on_a_step",
        "An event cannot go before what was said on it; the trigger stands for those without.",
        "DELETE",
    ),
    Pair(
        "events.no_truncate",
        "messages.no_truncate",
        "What was said goes with the journal when that is emptied, and can be emptied alone.",
    ),
    Pair(
        "ledger.tx.no_truncate",
        "ledger.transfer.no_truncate",
        "Legs go with their transactions when these are emptied, and can be emptied alone.",
    ),
]
"""What refuses a violation besides the one that it is meant for, and why both are there. Besides
these, the columns of a primary key are demanded by the key and by themselves."""


def backers(violation: Violation) -> list[str]:
    """What refuses it besides the one that it is meant for."""
    return [pair.by for pair in BACKED if pair.is_of(violation)]


def named(violation: Violation) -> str:
    """A test's name for a violation."""
    return f"{violation.breaks}:{violation.words[:60]}"


async def droppable(connection: Owner) -> Drops:
    """Every constraint, unique index and trigger that is there, and how it is dropped."""
    return {row["name"]: row["sql"] for row in await connection.fetch(_OBJECTS)}


async def drop(connection: Owner, names: Iterable[str], drops: Drops) -> None:
    """Takes these away, with the foreign keys that need them."""
    for name in names:
        await connection.execute(drops[name])


async def refusal(
    connection: Owner, violation: Violation, without: Iterable[str], drops: Drops
) -> str:
    """What PostgreSQL says to it where these are dropped; empty if it is let through. Nothing of it
    is kept."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await drop(connection, without, drops)
        await violation.provoke(connection)
    except asyncpg.PostgresError as refused:
        return str(refused)
    finally:
        await savepoint.rollback()
    return ""
