"""Checks of payouts through the payment provider: each leaves the wallet once, leaves the books at
most once, and comes back exactly once where it was not paid."""

_MOVED = """
    WITH moved AS (
        SELECT t.key, t.kind, substr(t.key, length(t.kind) + 2, 36) AS payout, x.amount, x.currency,
               d.kind || ' to ' || c.kind AS way,
               coalesce(nullif(d.owner, 'payment-provider'), c.owner) AS owner
        FROM ledger.outside o JOIN ledger.tx t ON t.id = o.tx_id
        JOIN ledger.transfer x ON x.tx_id = o.tx_id
        JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id
        WHERE o.kind IN ('payout_hold', 'payout_done', 'payout_return')
    )
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
    WHERE (m.amount, m.currency, m.owner) <> (p.amount, p.currency, p.user_id)
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
