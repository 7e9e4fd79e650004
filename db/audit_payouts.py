"""Checks of payouts through the payment provider: each leaves the wallet once, leaves the books at
most once, and comes back exactly once where it was not paid."""

_MOVED = """
    WITH moved AS (
        SELECT t.key, t.kind, substr(t.key, length(t.kind) + 2, 36) AS payout, x.amount, x.currency,
               d.kind || ' to ' || c.kind AS way,
               CASE c.kind WHEN 'world' THEN d.owner ELSE c.owner END AS owner,
               CASE d.kind WHEN 'world' THEN c.owner ELSE d.owner END AS whose
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id
        WHERE t.kind IN ('payout_hold', 'payout_done', 'payout_return')
    )
"""


# By whatever a document says: one that cannot be read must not end a query.
_CLEARS_AT = """
    CASE WHEN pg_input_is_valid(o.doc->'policy'->>'clearing_window', 'interval')
         THEN t.created_at + extract(epoch FROM (o.doc->'policy'->>'clearing_window')::interval)
                             * interval '1 second' END
"""


def _times(kind: str) -> str:
    return f"count(*) FILTER (WHERE m.kind = '{kind}')"


OF_PAYOUTS = {
    "differing-payout": f"""
    {_MOVED}
    SELECT 'payout ' || p.id,
           format('is %s; it left the wallet %s times, the books %s times, and came back %s times',
                  p.state, {_times("payout_hold")}, {_times("payout_done")},
                  {_times("payout_return")})
    FROM payouts p LEFT JOIN moved m ON m.payout = p.id::text
    GROUP BY p.id
    HAVING ({_times("payout_hold")}, {_times("payout_done")}, {_times("payout_return")})
           <> (1, (p.state IN ('paid', 'returned'))::int,
               (p.state IN ('failed', 'returned', 'cancelled'))::int)
    UNION ALL
    SELECT 'payout ' || p.id, format('is of %s %s of %s, and %s moved %s %s of %s: %s', p.amount,
                                     p.currency, p.user_id, m.key, m.amount, m.currency, m.owner,
                                     m.way)
    FROM payouts p JOIN moved m ON m.payout = p.id::text
    WHERE (m.amount, m.currency, m.owner, m.whose) <> (p.amount, p.currency, p.user_id, p.user_id)
       OR m.way <> CASE m.kind WHEN 'payout_hold' THEN 'wallet to payout_pending'
                               WHEN 'payout_done' THEN 'payout_pending to world'
                               ELSE CASE p.state WHEN 'returned' THEN 'world' ELSE 'payout_pending'
                                    END || ' to wallet' END
    """,
    "posting-without-payout": f"""
    {_MOVED}
    SELECT 'wallet of ' || m.owner,
           format('%s moves the money of a payout that is not there', m.key)
    FROM moved m LEFT JOIN payouts p ON p.id::text = m.payout WHERE p.id IS NULL
    """,
    "differing-clearing": f"""
    SELECT 'order ' || o.id, format('%s of what its seller has earned is said to be paid out from'
                                    ' %s on', coalesce(u.amount::text, 'nothing'), u.clears_at)
    FROM orders o
    JOIN ledger.tx t ON t.order_id = o.id AND t.kind IN ('release', 'split')
    LEFT JOIN LATERAL (SELECT x.amount FROM ledger.transfer x
                       JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'wallet'
                       WHERE x.tx_id = t.id AND a.owner = o.seller_id) earned ON true
    LEFT JOIN uncleared u ON u.tx_id = t.id
    WHERE CASE WHEN o.doc->'policy'->>'clearing_window' IS NULL OR earned.amount IS NULL
               THEN u.tx_id IS NOT NULL
               ELSE (u.user_id, u.currency, u.amount, u.clears_at)
                    IS DISTINCT FROM (o.seller_id, t.currency, earned.amount, {_CLEARS_AT}) END
    """,
    # What is on its way out is what of the open payouts is neither paid nor back.
    "differing-payout-pending": """
    SELECT 'payout_pending of ' || coalesce(held.owner, p.user_id),
           format('holds %s %s, and payouts of %s are under way', coalesce(held.balance, 0),
                  coalesce(held.currency, p.currency), coalesce(p.amount, 0))
    FROM (SELECT a.owner, a.currency, b.balance FROM ledger.account a
          JOIN ledger.balance b ON b.account_id = a.id WHERE a.kind = 'payout_pending') held
    FULL JOIN (SELECT user_id, currency, sum(amount) AS amount FROM payouts
               WHERE state IN ('requested', 'pending') GROUP BY user_id, currency) p
         ON (p.user_id, p.currency) = (held.owner, held.currency)
    WHERE coalesce(held.balance, 0) <> coalesce(p.amount, 0)
    """,
}
