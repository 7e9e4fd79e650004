"""Loading many whole orders at once: villages are played once, by the product's own functions, and
copied as often as wanted, with every row that they have."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from bench.growth.copies import Plan, copy_postings, copy_table
from bench.growth.seed import SEQUENCES, Numbers, numbers, seed_name, take
from bench.growth.stories import ORDERS
from bench.growth.village import (
    BUYER,
    ENDED_MARK,
    MEDIATOR,
    OPEN_MARK,
    OPERATOR,
    SELLER,
    settle_village,
    settle_world,
)
from db.pool import Connection, create_pool, speak_json

SPAN: Final = timedelta(days=360)
"""Over how long the ended orders were placed: half of them count for reputations."""

OPEN_EACH: Final = timedelta(seconds=20)
AT_ONCE: Final = 250
"""Copies that a statement writes."""

Say = Callable[[str], None]

# Before any village comes to it, so that it is no village's.
_SHARED = f"""
    SELECT ledger.account_id(account, 'EUR')
    FROM unnest(ARRAY['{{"kind": "commission", "owner": "platform"}}',
                      '{{"kind": "wallet", "owner": "{SELLER}"}}']::jsonb[]) AS account
"""

# Everybody was told; most have read it. What the open village tells is under way here and there.
_TOLD = f"""
    UPDATE deliveries SET started_at = created_at, attempts = 1, last_attempt = created_at,
           status = CASE id % 50 WHEN 0 THEN 'failed' ELSE 'delivered' END,
           last_error = CASE id % 50 WHEN 0 THEN 'answers 503' END,
           delivered_at = CASE id % 50 WHEN 0 THEN NULL ELSE created_at END;
    INSERT INTO notice_reads (notice_id, user_id, read_at)
    SELECT id, coalesce(user_id, CASE role WHEN 'mediator' THEN '{MEDIATOR}' ELSE '{OPERATOR}' END),
           created_at
    FROM notices n
    WHERE user_id IS NULL OR user_id IN ('{SELLER}', '{BUYER}') OR hashtext(user_id) % 2 = 0
    ON CONFLICT DO NOTHING;
"""

_CHAINED = """
    CREATE FUNCTION seed.link(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE
    AS $$ SELECT sha256($1 || $2) $$;
    CREATE AGGREGATE seed.chained(bytea) (SFUNC = seed.link, STYPE = bytea, INITCOND = '');
    CREATE TABLE seed.postings AS
    SELECT t.id, t.key, jsonb_agg(jsonb_build_object(
               'debit', jsonb_build_object('kind', d.kind, 'owner', d.owner),
               'credit', jsonb_build_object('kind', c.kind, 'owner', c.owner),
               'amount', x.amount) ORDER BY x.leg) AS legs
    FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
    JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id
    GROUP BY t.id;
    CREATE INDEX ON seed.postings (id);
"""

_SUMS = """
    TRUNCATE ledger.unsummed, ledger.total;
    INSERT INTO ledger.total (kind, currency, amount)
    SELECT a.kind, e.currency, sum(e.amount) FROM (
        SELECT debit_id AS id, currency, -amount AS amount FROM ledger.transfer
        UNION ALL SELECT credit_id, currency, amount FROM ledger.transfer) AS e
    JOIN ledger.account a ON a.id = e.id GROUP BY 1, 2;
"""

# Who have read all that is for their role.
_MARKS = f"""
    INSERT INTO inbox_marks (user_id, role, up_to)
    SELECT CASE role WHEN 'mediator' THEN '{MEDIATOR}' ELSE '{OPERATOR}' END, role, max(id)
    FROM notices WHERE user_id IS NULL AND created_at < now() - interval '1 hour' GROUP BY role
    ON CONFLICT (user_id, role) DO UPDATE SET up_to = excluded.up_to;
"""

# Half of the villages have fallen out of the window by now.
_REPUTATIONS = """
    UPDATE reputations r SET counted_from = now() - interval '180 days', oldest_at = c.oldest_at,
           completed = c.completed, cancelled = c.cancelled,
           visibility = visibility_of(c.completed, c.cancelled)
    FROM (SELECT k.seller_id, min(l.ended_at) AS oldest_at,
                 count(*) FILTER (WHERE l.counts_as = 'completed') AS completed,
                 count(*) FILTER (WHERE l.counts_as = 'cancelled') AS cancelled
          FROM reputations k
          LEFT JOIN listed_orders l ON l.seller_id = k.seller_id AND l.counts_as IS NOT NULL
                                   AND l.ended_at >= now() - interval '180 days'
          GROUP BY k.seller_id) AS c
    WHERE c.seller_id = r.seller_id;
    UPDATE listed_services s SET visibility = r.visibility
    FROM reputations r WHERE r.seller_id = s.seller_id AND r.visibility <> s.visibility;
"""


async def load(
    database_url: str, ended: int, running: int = 0, say: Say = lambda _line: None
) -> None:
    """Fill a migrated database that has no order yet with so many orders that ended within the last
    year and so many that run, both in hundreds. The URL logs in as its owner."""
    pool = await create_pool(database_url, 1)
    owner = await asyncpg.connect(database_url)
    await speak_json(owner)
    try:
        async with pool.acquire() as connection:
            marks = await _played(connection, owner)
        async with _unguarded(owner):
            await _copied(owner, marks, max(ended // ORDERS, 1), running // ORDERS, say)
        say("sorting out")
        await owner.execute("VACUUM (ANALYZE)", timeout=None)
    finally:
        await owner.close()
        await pool.close()


async def _played(connection: Connection, owner: Connection) -> list[Numbers]:
    """Play both villages; return how far the sequences were before, between and after them."""
    await owner.execute(_SHARED)
    await settle_world(connection)
    await _numbered(connection)
    marks = [await numbers(owner)]
    for mark in (ENDED_MARK, OPEN_MARK):
        await settle_village(connection, mark)
        await _numbered(connection)
        marks.append(await numbers(owner))
    await owner.execute(_TOLD)
    return marks


async def _numbered(connection: Connection) -> None:
    while await connection.fetchval("SELECT number_feed(5000)"):
        pass


async def _copied(
    owner: Connection, marks: list[Numbers], ended: int, running: int, say: Say
) -> None:
    now = datetime.now(UTC)
    await owner.execute("CREATE SCHEMA seed")
    await owner.execute(_CHAINED)
    of_ended = Plan(ENDED_MARK, ended, marks[0], marks[1], marks[0], now, now - SPAN, SPAN / ended)
    of_running = Plan(
        OPEN_MARK,
        running,
        marks[1],
        marks[2],
        of_ended.beyond(),
        now,
        now - running * OPEN_EACH,
        OPEN_EACH,
        ended + 1,
    )
    taken = {
        plan.mark: await take(owner, plan.mark, plan.before, plan.after)
        for plan in (of_ended, of_running)
    }
    await _drifts(owner, of_ended, of_running, marks[0]["account"])
    for plan in (of_ended, of_running):
        for first in range(0, plan.copies, AT_ONCE):
            last = min(first + AT_ONCE, plan.copies) - 1
            say(f"{plan.mark}: copies {first} to {last} of {plan.copies}")
            await copy_postings(owner, plan, first, last)
            # Balances last: they say to where the postings' chains have come.
            for table in sorted(taken[plan.mark], key="ledger.balance".__eq__):
                if table != "ledger.tx":
                    await copy_table(owner, plan, table, first, last)
    await owner.execute(_SUMS, timeout=None)
    await owner.execute(_REPUTATIONS, timeout=None)
    await owner.execute(_MARKS, timeout=None)
    for name, table in SEQUENCES.items():
        if name != "feed":
            await owner.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {of_running.beyond()[name]})"
            )
    await owner.execute("DROP SCHEMA seed CASCADE")


async def _drifts(owner: Connection, ended: Plan, running: Plan, shared: int) -> None:
    """Note by how much each copy moves the accounts that all villages share, and move them."""
    for plan in (ended, running):
        await owner.execute(
            f"""
            CREATE TABLE seed.drift_{plan.mark} AS
            SELECT e.account_id, sum(e.amount)::bigint AS each, count(*)::bigint AS sides,
                   0::bigint AS first
            FROM (SELECT debit_id AS account_id, -amount AS amount
                  FROM {seed_name("ledger.transfer", plan.mark)}
                  UNION ALL
                  SELECT credit_id, amount FROM {seed_name("ledger.transfer", plan.mark)}) AS e
            JOIN ledger.balance b ON b.account_id = e.account_id
            WHERE e.account_id <= {shared} GROUP BY 1
            """
        )
        await owner.execute(
            f"UPDATE ledger.balance b SET balance = b.balance + {plan.copies - 1} * d.each,"
            f" version = b.version + {plan.copies - 1} * d.sides"
            f" FROM seed.drift_{plan.mark} d WHERE d.account_id = b.account_id"
        )
    await owner.execute(
        f"UPDATE seed.drift_{running.mark} r SET first = {ended.copies - 1} * e.each"
        f" FROM seed.drift_{ended.mark} e WHERE e.account_id = r.account_id"
    )


@asynccontextmanager
async def _unguarded(owner: Connection) -> AsyncIterator[None]:
    """Let the tables take what they are given: their triggers would do what was done already."""
    triggers = await owner.fetch(
        "SELECT tgrelid::regclass::text AS tbl, tgname, tgenabled::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    guards = {"A": "ENABLE ALWAYS", "O": "ENABLE", "R": "ENABLE REPLICA"}
    for one in triggers:
        await owner.execute(f"ALTER TABLE {one['tbl']} DISABLE TRIGGER {one['tgname']}")
    await owner.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        await owner.execute("SET session_replication_role = origin")
        for one in triggers:
            what = guards[one["tgenabled"]]
            await owner.execute(f"ALTER TABLE {one['tbl']} {what} TRIGGER {one['tgname']}")
