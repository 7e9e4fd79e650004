"""What must be true of payments that banks take back, and of what people owe for them: asked of the
rows by `tests.db.oracles`, which has the rules of such questions.

That money leaves the books once is not enough: a recovery that nobody took leaves them balanced. So
each is reckoned here from what the wallet got, what its owner owed by then, and the order's policy.
"""

_DEBT = """
    WITH debt AS (
        SELECT t.id, t.key, t.kind, a.owner, x.currency, x.amount AS moved,
               CASE a.id WHEN x.debit_id THEN x.amount ELSE -x.amount END AS amount
        FROM ledger.account a JOIN ledger.transfer x ON a.id IN (x.debit_id, x.credit_id)
        JOIN ledger.tx t ON t.id = x.tx_id WHERE a.kind = 'receivable'
    )
"""

# How much should have been kept of what: of what the end of an order brought, the seller's part by
# its policy and all of the buyer's; of what a payout brought back, all; of what a wallet held when
# its owner came to owe, all.
_DUE = f"""
    {_DEBT}, got AS (
        SELECT t.id, x.currency, w.owner, 'recovery:order:' || o.id
               || CASE w.owner WHEN o.seller_id THEN ':seller' ELSE ':buyer' END AS key,
               CASE w.owner WHEN o.seller_id
               THEN div(x.amount * coalesce((o.doc->'policy'->>'recovery_bps')::bigint, 5000),
                        10000) ELSE x.amount END AS part
        FROM ledger.tx t JOIN orders o ON o.id = t.order_id JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account w ON w.id = x.credit_id AND w.kind = 'wallet'
        WHERE t.kind <> 'hold' AND w.owner IN (SELECT owner FROM debt)
        UNION ALL
        SELECT t.id, x.currency, w.owner, 'recovery:' || t.key, x.amount
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account w ON w.id = x.credit_id AND w.kind = 'wallet'
        WHERE t.kind IN ('payout_return', 'reversal') AND w.owner IN (SELECT owner FROM debt)
    ), due AS (
        SELECT key, owner, least(part, (SELECT coalesce(sum(d.amount), 0) FROM debt d WHERE d.owner
               = got.owner AND d.currency = got.currency AND d.id < got.id)) AS amount FROM got
        UNION ALL
        SELECT 'recovery:' || key, owner, least(amount, coalesce((
            SELECT e.balance_after FROM ledger.account w JOIN ledger.entry e ON e.account_id = w.id
            WHERE w.kind = 'wallet' AND w.owner = debt.owner AND w.currency = debt.currency
            AND e.tx_id < debt.id ORDER BY e.tx_id DESC, e.leg DESC LIMIT 1), 0))
        FROM debt WHERE kind = 'chargeback'
    ), kept AS (SELECT key, owner, -amount AS amount FROM debt WHERE kind = 'recovery')
"""

# Each chargeback with its payment, and the order that this paid for and in whose currency it was.
_BANKS = """
    WITH c AS (
        SELECT c.*, p.amount AS paid, p.user_id AS payer, o.id AS order_id, o.seller_id AS seller,
               o.state IN ('completed', 'cancelled', 'settled') AS final, o.doc->'outcome' AS ends,
               (SELECT sum((line->>'price')::bigint)
                FROM jsonb_array_elements(o.doc->'lines') AS line) AS total
        FROM chargebacks c JOIN pay_ins p ON p.id = c.pay_in_id
        LEFT JOIN orders o ON o.id = p.order_id AND o.doc->>'currency' = c.currency
    ), left_books AS (
        SELECT c.id, x.amount, d.kind, d.owner FROM c
        JOIN ledger.tx t ON t.kind = 'chargeback' AND split_part(t.key, ':', 2) = c.id::text
        JOIN ledger.transfer x ON x.tx_id = t.id JOIN ledger.account d ON d.id = x.debit_id
        UNION ALL
        SELECT c.id, x.amount, d.kind, d.owner FROM c
        JOIN ledger.tx t ON t.kind = 'reclaim' AND t.order_id = c.order_id AND c.state = 'lost'
        JOIN ledger.transfer x ON x.tx_id = t.id JOIN ledger.account d ON d.id = x.debit_id
        JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'world'
    )
"""

# What each step of an order whose payment was disputed found before it.
_STEPS = """
    WITH step AS (
        SELECT order_id, seq, action, doc, lag(doc) OVER w AS before FROM events WHERE accepted
        AND order_id IN (SELECT order_id FROM events WHERE action = 'payment_disputed')
        WINDOW w AS (PARTITION BY order_id ORDER BY seq)
    )
"""

CHARGEBACKS = {
    "is said to owe {}": f"""
        {_DEBT}, postings AS (
            SELECT owner AS user_id, currency, sum(amount) AS owed,
                   sum(CASE kind WHEN 'chargeback' THEN moved WHEN 'recovery' THEN -moved ELSE 0
                       END) AS unpaid
            FROM debt GROUP BY owner, currency
        )
        SELECT 'receivable of ' || user_id, format('%s %s; its account says %s, and %s was taken'
               ' back and not recovered', coalesce(r.owed, 0), currency, coalesce(p.owed, 0),
               coalesce(p.unpaid, 0))
        FROM receivables r FULL JOIN postings p USING (user_id, currency)
        WHERE coalesce(r.owed, 0) < 0 OR coalesce(r.owed, 0) <> coalesce(p.owed, 0)
           OR coalesce(p.owed, 0) <> coalesce(p.unpaid, 0)""",
    "has left the books otherwise than its state says: {}": f"""
        {_BANKS}
        SELECT 'chargeback ' || id, format('%s of %s, %s', coalesce(sum(l.amount), 0), c.amount,
               c.state)
        FROM c LEFT JOIN left_books l USING (id)
        GROUP BY id, c.amount, c.state, c.carried
        HAVING CASE WHEN c.state = 'lost' AND c.carried = 'lost'
                    THEN coalesce(sum(l.amount), 0) <> c.amount
                    ELSE coalesce(sum(l.amount), 0) > CASE c.state WHEN 'lost' THEN c.amount ELSE 0
                         END END""",
    "takes back what no bank has taken: {}": f"""
        {_BANKS}
        SELECT coalesce('order ' || t.order_id, 'posting'), t.key FROM ledger.tx t
        WHERE t.kind IN ('chargeback', 'reclaim') AND NOT EXISTS (
            SELECT FROM c WHERE state = 'lost' AND CASE t.kind WHEN 'reclaim'
            THEN c.order_id = t.order_id ELSE split_part(t.key, ':', 2) = c.id::text END)""",
    "its end is not what its bank has taken: {}": f"""
        {_BANKS}
        SELECT 'order ' || order_id, format('%s of %s; %s', amount, total, ends) FROM c
        WHERE order_id IS NOT NULL AND state = 'lost' AND CASE
            WHEN NOT final THEN carried IS NOT DISTINCT FROM 'lost'
            WHEN ends->>'by' = 'provider'
            THEN (ends->>'charged_back')::bigint IS DISTINCT FROM least(amount, total)
            ELSE false END""",
    # The buyer owes what came back to them or never was in the order, the seller what is left.
    "somebody else owes what was lost: {}": f"""
        {_BANKS}, share AS (
            SELECT c.*, CASE WHEN order_id IS NULL THEN amount
                WHEN ends->>'by' = 'provider' THEN amount - (ends->>'charged_back')::bigint
                ELSE least(amount, (ends->>'refunded')::bigint + greatest(0, paid - total))
                END AS payers
            FROM c WHERE state = 'lost' AND carried = 'lost'
        ), owes AS (
            SELECT id, coalesce(sum(l.amount) FILTER (WHERE l.owner = payer), 0) AS payers,
                   coalesce(sum(l.amount) FILTER (WHERE l.owner = seller), 0) AS sellers
            FROM share LEFT JOIN left_books l USING (id)
            WHERE l.kind IS DISTINCT FROM 'escrow' GROUP BY id
        )
        SELECT 'chargeback ' || id, format('%s / %s', coalesce(o.payers, 0),
               coalesce(o.sellers, 0))
        FROM share s LEFT JOIN owes o USING (id)
        WHERE (coalesce(o.payers, 0), coalesce(o.sellers, 0)) IS DISTINCT FROM (
            s.payers, CASE WHEN order_id IS NULL OR ends->>'by' = 'provider' THEN 0
                           ELSE amount - s.payers END)""",
    "another sum than is due was kept: {}": f"""
        {_DUE}
        SELECT 'receivable of ' || coalesce(due.owner, kept.owner), format('%s: %s, and %s is due',
               key, coalesce(kept.amount, 0), coalesce(due.amount, 0))
        FROM (SELECT * FROM due WHERE amount > 0) due FULL JOIN kept USING (key)
        WHERE (due.owner, due.amount) IS DISTINCT FROM (kept.owner, kept.amount)""",
    "its owner was told of {}, of which something was kept": f"""
        {_DEBT}
        SELECT 'receivable of ' || owner, format('%s notices of %s', count(n.id), key)
        FROM debt LEFT JOIN wallet_notices n ON n.tx_id = debt.id
        WHERE kind = 'recovery' GROUP BY debt.id, key, owner
        HAVING count(n.id) <> 1 OR bool_or(n.user_id <> owner)""",
    "who owes it was told otherwise of {}": f"""
        {_DEBT}
        SELECT 'receivable of ' || owner, key FROM debt WHERE kind = 'chargeback' AND (
            SELECT string_agg(format('%s by %s', n.amount, n.tx_id), ', ') FROM wallet_notices n
            WHERE n.told = 'lost' AND n.chargeback_id::text = split_part(key, ':', 2)
            AND n.user_id = owner
        ) IS DISTINCT FROM format('%s by %s', moved, (
            SELECT id FROM ledger.tx t WHERE t.key = 'recovery:' || debt.key))""",
    "moved while its payment was disputed: event {}": f"""
        {_STEPS}
        SELECT 'order ' || order_id, seq::text FROM step
        WHERE before->>'payment_hold' IS NOT NULL
        AND action NOT IN ('add_statement', 'payment_disputed', 'payment_dispute_won',
                           'payment_dispute_lost')""",
    "goes on with another time than it had left: event {}": f"""
        {_STEPS}
        SELECT 'order ' || order_id, seq::text FROM step JOIN LATERAL (VALUES
            (before->'payment_hold'->'deadline'->>'at', doc->'deadline'->>'at'),
            (before->'offer'->>'lapses_at', doc->'offer'->>'lapses_at'),
            (CASE before->'cancellation_request'->>'status' WHEN 'asked'
             THEN before->'cancellation_request'->>'answer_by' END,
             CASE doc->'cancellation_request'->>'status' WHEN 'asked'
             THEN doc->'cancellation_request'->>'answer_by' END)
        ) timer (had, has) ON true
        WHERE action = 'payment_dispute_won' AND (has::timestamptz - had::timestamptz)
            IS DISTINCT FROM CASE WHEN had IS NOT NULL THEN (doc->>'updated_at')::timestamptz
                                  - (before->'payment_hold'->>'since')::timestamptz END""",
    "is frozen by no dispute of its payment: {}": f"""
        {_BANKS}
        SELECT 'order ' || o.id, o.doc->>'payment_hold' FROM orders o
        WHERE o.doc->>'payment_hold' IS NOT NULL AND NOT EXISTS (
            SELECT FROM c WHERE c.order_id = o.id AND (c.id::text, c.amount::text)
            = (o.doc->'payment_hold'->>'chargeback_id', o.doc->'payment_hold'->>'amount'))""",
}

UNDECIDED = {
    "is not carried out: {}": """
        SELECT 'chargeback ' || id, format('%s, not %s', carried, state) FROM chargebacks
        WHERE carried IS DISTINCT FROM state
        AND coalesce(ended_at, created_at) < now() - $1::interval""",
    "its payment is disputed and it is not frozen: {}": f"""
        {_BANKS}
        SELECT 'order ' || o.id, c.reference FROM c JOIN orders o ON o.id = c.order_id
        WHERE c.state = 'opened' AND NOT c.final AND c.created_at < now() - $1::interval
        AND o.doc->'payment_hold'->>'chargeback_id' IS DISTINCT FROM c.id::text""",
    "is frozen and nobody disputes its payment any more: {}": f"""
        {_BANKS}
        SELECT 'order ' || o.id, c.reference FROM c JOIN orders o ON o.id = c.order_id
        WHERE o.doc->'payment_hold'->>'chargeback_id' = c.id::text AND c.state <> 'opened'
        AND c.ended_at < now() - $1::interval""",
}
"""What may take some time, and not for ever."""
