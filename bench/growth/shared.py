"""What all villages share, brought to where it is after all copies: balances, sums, reputations,
marks of what was read, and from where numbers go on."""

from bench.growth.copies import Plan
from bench.growth.seed import SEQUENCES, Numbers, seed_name
from bench.growth.village import MEDIATOR, OPERATOR
from db.pool import Connection

_SUMS = """
    TRUNCATE ledger.unsummed, ledger.total;
    INSERT INTO ledger.total (kind, currency, amount)
    SELECT a.kind, e.currency, sum(e.amount) FROM (
        SELECT debit_id AS id, currency, -amount AS amount FROM ledger.transfer
        UNION ALL SELECT credit_id, currency, amount FROM ledger.transfer) AS e
    JOIN ledger.account a ON a.id = e.id GROUP BY 1, 2;
"""

_STATES = """
    TRUNCATE uncounted_states, counted_states;
    INSERT INTO counted_states (state, orders) SELECT state, count(*) FROM orders GROUP BY state;
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


async def sum_up(owner: Connection, beyond: Numbers) -> None:
    """Sum and count what the copies brought, and have numbers go on beyond them."""
    for what in (_SUMS, _STATES, _REPUTATIONS, _MARKS):
        await owner.execute(what, timeout=None)
    for name, table in SEQUENCES.items():
        if name != "feed":
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            await owner.execute(f"SELECT setval({sequence}, {beyond[name] + 1}, false)")


async def drift(owner: Connection, ended: Plan, running: Plan, shared: int) -> None:
    """Note by how much each copy moves the accounts that all villages share, and move them."""
    for plan in (ended, running):
        transfers = seed_name("ledger.transfer", plan.mark)
        await owner.execute(
            f"""
            CREATE TABLE seed.drift_{plan.mark} AS
            SELECT e.account_id, sum(e.amount)::bigint AS each, count(*)::bigint AS sides,
                   0::bigint AS first
            FROM (SELECT debit_id AS account_id, -amount AS amount
                  FROM {transfers} UNION ALL
                  SELECT credit_id, amount FROM {transfers}) AS e
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
