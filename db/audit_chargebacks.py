"""Checks of payments that were taken back: each that is lost has left the books once and all of it,
no other has, what people owe is what was taken back less what they have paid of it, and what came
back into their wallets has paid it."""

_OWED = """
    WITH posted AS (
        SELECT t.id, t.key, t.kind, o.user_id, x.currency, x.amount FROM ledger.outside o
        JOIN ledger.tx t ON t.id = o.tx_id JOIN ledger.transfer x ON x.tx_id = o.tx_id
        WHERE o.kind IN ('chargeback', 'recovery')
    ), owes AS (
        SELECT user_id, currency, sum(CASE kind WHEN 'chargeback' THEN amount ELSE -amount END)
               AS amount FROM posted GROUP BY user_id, currency
    ), holds AS (
        SELECT a.owner AS user_id, a.currency, -sum(e.amount) AS amount FROM ledger.account a
        JOIN ledger.entry e ON e.account_id = a.id WHERE a.kind = 'receivable' GROUP BY 1, 2
    )
"""

# Postings of a wallet are numbered under its lock, and so is what its owner comes to owe.
_BACK = f"""
    {_OWED}, back AS (
        SELECT t.id, t.key, o.user_id, x.currency, x.amount FROM ledger.outside o
        JOIN ledger.tx t ON t.id = o.tx_id JOIN ledger.transfer x ON x.tx_id = o.tx_id
        JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'wallet'
        WHERE o.kind IN ('payout_return', 'reversal')
          AND o.user_id IN (SELECT user_id FROM posted)
    ), due AS (
        SELECT key, user_id, currency, amount, coalesce((
            SELECT sum(CASE p.kind WHEN 'chargeback' THEN p.amount ELSE -p.amount END)
            FROM posted p WHERE p.user_id = back.user_id AND p.currency = back.currency
            AND p.id < back.id), 0) AS owed
        FROM back
    ), kept AS (
        SELECT * FROM posted WHERE key LIKE 'recovery:payout\\_return:%'
        OR key LIKE 'recovery:reversal:%'
    )
"""

OF_CHARGEBACKS = {
    # The sum of what is owed is what was taken back, less what was recovered.
    "differing-receivable": f"""
    {_OWED}
    SELECT 'receivable of ' || user_id,
           format('is said to owe %s %s; what was taken back less what was recovered is %s, and'
                  ' the account says %s', coalesce(r.owed, 0), currency, coalesce(o.amount, 0),
                  coalesce(h.amount, 0))
    FROM receivables r FULL JOIN owes o USING (user_id, currency)
    FULL JOIN holds h USING (user_id, currency)
    WHERE coalesce(r.owed, 0) <> coalesce(o.amount, 0)
       OR coalesce(r.owed, 0) <> coalesce(h.amount, 0)
    """,
    # What comes back into the wallet of somebody who owes has paid that, all of it.
    "unrecovered-return": f"""
    {_BACK}
    SELECT 'wallet of ' || coalesce(d.user_id, k.user_id),
           format('%s brought back %s, of which %s was kept; its owner owed %s',
                  coalesce(d.key, 'nothing, but ' || k.key), coalesce(d.amount, 0),
                  coalesce(k.amount, 0), coalesce(d.owed, 0))
    FROM due d FULL JOIN kept k ON k.key = 'recovery:' || d.key
    WHERE (d.user_id, d.currency) IS DISTINCT FROM (k.user_id, k.currency) AND k.key IS NOT NULL
       OR coalesce(k.amount, 0) <> greatest(0, least(coalesce(d.amount, 0), coalesce(d.owed, 0)))
    """,
    "differing-chargeback": """
    SELECT 'chargeback ' || c.id,
           format('is %s over %s %s; %s left the books for it, of %s', c.state, c.amount,
                  c.currency, coalesce(owed.amount, 0) + coalesce(gone.amount, 0),
                  coalesce(owed.whose, 'nobody'))
    FROM chargebacks c JOIN pay_ins p ON p.id = c.pay_in_id
    LEFT JOIN LATERAL (
        SELECT sum(x.amount) AS amount, string_agg(DISTINCT o.user_id, ', ') AS whose,
               bool_or(x.currency <> c.currency) AS is_another
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.outside o ON o.tx_id = t.id
        WHERE t.kind = 'chargeback'
          AND t.key IN ('chargeback:' || c.id || ':buyer', 'chargeback:' || c.id || ':seller')
    ) owed ON true
    LEFT JOIN LATERAL (
        SELECT sum(x.amount) AS amount FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'world'
        WHERE t.order_id = p.order_id AND t.kind = 'reclaim' AND c.state = 'lost') gone ON true
    WHERE coalesce(owed.is_another, false)
       OR coalesce(owed.amount, 0) + coalesce(gone.amount, 0)
          <> CASE WHEN c.state <> 'lost' THEN 0 WHEN c.carried = 'lost' THEN c.amount
                  ELSE coalesce(gone.amount, 0) END
    UNION ALL
    -- By them is found what is not paid out meanwhile.
    SELECT 'chargeback ' || c.id,
           format('is said to concern %s and %s; its payment is of %s, for an order of %s',
                  coalesce(c.payer_id, 'nobody'), coalesce(c.seller_id, 'nobody'), p.user_id,
                  coalesce(o.seller_id, 'nobody'))
    FROM chargebacks c JOIN pay_ins p ON p.id = c.pay_in_id
    LEFT JOIN orders o ON o.id = p.order_id AND o.doc->>'currency' = c.currency
    WHERE c.carried = c.state
      AND (c.payer_id, c.seller_id) IS DISTINCT FROM (p.user_id, o.seller_id)
    """,
    "posting-without-chargeback": """
    SELECT coalesce('order ' || t.order_id, 'posting ' || t.key),
           format('%s takes back what no bank has taken back', t.key)
    FROM ledger.tx t WHERE t.kind IN ('chargeback', 'reclaim') AND NOT EXISTS (
        SELECT FROM chargebacks c JOIN pay_ins p ON p.id = c.pay_in_id
        WHERE c.state = 'lost' AND (p.order_id = t.order_id
              OR t.key IN ('chargeback:' || c.id || ':buyer', 'chargeback:' || c.id || ':seller')))
    """,
}
