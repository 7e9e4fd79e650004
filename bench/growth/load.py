"""Loading many whole orders at once: villages are played once, by the product's own functions, and
copied as often as wanted, with every row that they have."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from bench.growth.copies import Plan, copy_postings, copy_table
from bench.growth.guards import unguarded
from bench.growth.seed import Numbers, numbers, take
from bench.growth.shared import drift, sum_up
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
        async with unguarded(owner):
            await _copied(owner, *_plans(marks, ended, running), say)
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


def _plans(marks: Sequence[Numbers], ended: int, running: int) -> tuple[Plan, Plan]:
    """Return how the village of ended orders is copied, and that of running ones after it."""
    now, first, second = datetime.now(UTC), max(ended // ORDERS, 1), running // ORDERS
    before, between, after = marks
    of_ended = Plan(ENDED_MARK, first, before, between, before, now, now - SPAN, SPAN / first)
    begins_at = now - second * OPEN_EACH
    return of_ended, Plan(
        OPEN_MARK,
        second,
        between,
        after,
        of_ended.beyond(),
        now,
        begins_at,
        OPEN_EACH,
        marks_from=first + 1,
    )


async def _copied(owner: Connection, ended: Plan, running: Plan, say: Say) -> None:
    await owner.execute("CREATE SCHEMA seed")
    await owner.execute(_CHAINED)
    both = (ended, running)
    taken = {plan.mark: await take(owner, plan.mark, plan.before, plan.after) for plan in both}
    await drift(owner, ended, running, ended.before["account"])
    for plan in both:
        for first in range(0, plan.copies, AT_ONCE):
            last = min(first + AT_ONCE, plan.copies) - 1
            say(f"copies {first} to {last} of {plan.copies}")
            await _copy(owner, plan, taken[plan.mark], first, last)
    await sum_up(owner, running.beyond())
    await owner.execute("DROP SCHEMA seed CASCADE")


async def _copy(
    owner: Connection, plan: Plan, tables: Sequence[str], first: int, last: int
) -> None:
    await copy_postings(owner, plan, first, last)
    # Balances last: they say to where the postings' chains have come.
    for table in sorted(tables, key="ledger.balance".__eq__):
        if table != "ledger.tx":
            await copy_table(owner, plan, table, first, last)
