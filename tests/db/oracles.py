"""What must be true of any database of the product's, whatever happened to it.

    assert await violations(connection) == []

Written against the specification, not with the product's code: each of the six oracles asks the
rows themselves. Balanced books do not show a double payment, hence `effects` beside `ledger`.
Silence and wishes are given `patience` before `liveness` calls them stuck. What was numbered after
a restoration begins beyond its base.
"""

from collections.abc import Iterable
from datetime import timedelta

from db.pool import Connection
from tests.db.chargeback_oracles import CHARGEBACKS, UNDECIDED

PATIENCE = timedelta(seconds=30)

# An order with its money, counted from the transfers and not from the keys that they came under.
_MONEY = """
    WITH o AS (
        SELECT id, id::text AS name, state, doc, doc->'outcome' AS outcome, buyer_id, seller_id,
               state IN ('completed', 'cancelled', 'settled') AS final,
               (SELECT coalesce(sum((line->>'price')::bigint), 0)
                FROM jsonb_array_elements(doc->'lines') AS line) AS total
        FROM orders
    ), leg AS (
        SELECT t.order_id, t.id AS tx_id, t.key, t.kind, x.leg, x.amount,
               d.kind AS debit_kind, d.owner AS debit_owner,
               c.kind AS credit_kind, c.owner AS credit_owner
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id
    ), paid AS (
        SELECT o.id,
            coalesce(sum(amount) FILTER (WHERE kind = 'hold'), 0) AS held,
            coalesce(sum(amount) FILTER (WHERE kind <> 'hold'), 0) AS paid_out,
            coalesce(sum(amount) FILTER (WHERE kind <> 'hold' AND credit_kind = 'wallet'
                                         AND credit_owner = buyer_id), 0) AS refunded,
            coalesce(sum(amount) FILTER (WHERE kind <> 'hold' AND credit_kind = 'wallet'
                                         AND credit_owner = seller_id), 0) AS paid_to_seller,
            coalesce(sum(amount) FILTER (WHERE kind <> 'hold' AND credit_kind = 'commission'), 0)
                AS commission,
            coalesce(sum(amount) FILTER (WHERE kind = 'reclaim' AND credit_kind = 'world'), 0)
                AS charged_back,
            coalesce(array_agg(amount ORDER BY amount) FILTER (WHERE kind = 'hold'), '{}') AS holds
        FROM o LEFT JOIN leg ON leg.order_id = o.id GROUP BY o.id
    ), ended AS (
        SELECT order_id AS id, count(*) AS ends, min(kind) AS kind FROM ledger.tx
        WHERE kind IN ('release', 'refund', 'split', 'reclaim') GROUP BY order_id
    )
"""

_ACCOUNT = "CASE a.kind WHEN 'escrow' THEN 'order ' ELSE a.kind || ' of ' END || a.owner"
_TX = "coalesce('order ' || t.order_id, 'transaction')"

LEDGER = {
    "its transaction {} has no legs": f"""
        SELECT {_TX}, t.key FROM ledger.tx t
        WHERE NOT EXISTS (SELECT FROM ledger.transfer x WHERE x.tx_id = t.id)""",
    "its transaction {} has a leg in another currency": f"""
        SELECT {_TX}, t.key FROM ledger.tx t
        JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id)
        WHERE x.currency <> t.currency OR a.currency <> t.currency""",
    "its transaction {} is not what its fingerprint says": f"""
        SELECT {_TX}, t.key FROM ledger.tx t
        JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object(
                'debit', jsonb_build_object('kind', d.kind, 'owner', d.owner),
                'credit', jsonb_build_object('kind', c.kind, 'owner', c.owner),
                'amount', x.amount) ORDER BY x.leg) AS legs
            FROM ledger.transfer x JOIN ledger.account d ON d.id = x.debit_id
            JOIN ledger.account c ON c.id = x.credit_id WHERE x.tx_id = t.id) AS said ON true
        WHERE t.fingerprint IS DISTINCT FROM
              ledger.fingerprint(t.kind, t.order_id, t.currency, coalesce(said.legs, '[]'))""",
    "its transaction {} breaks the chain of hashes": f"""
        SELECT {_TX}, key FROM (
            SELECT *, CASE WHEN order_id IS NULL THEN coalesce(previous, '') ELSE coalesce(
                lag(hash) OVER (PARTITION BY order_id ORDER BY id), ''::bytea) END AS before
            FROM ledger.tx) t
        WHERE hash <> sha256(before || convert_to(key, 'UTF8') || fingerprint)""",
    "balance is not the sum of its entries: {}": f"""
        SELECT {_ACCOUNT}, format('%s %s', a.currency, b.balance)
        FROM ledger.account a LEFT JOIN ledger.balance b ON b.account_id = a.id
        WHERE a.kind IN ('wallet', 'escrow', 'payout_pending') AND b.balance IS DISTINCT FROM (
            SELECT coalesce(sum(e.amount), 0) FROM ledger.entry e WHERE e.account_id = a.id)""",
    "balance is below zero: {}": f"""
        SELECT {_ACCOUNT}, format('%s %s', a.currency, b.balance)
        FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id WHERE b.balance < 0""",
    "keeps a balance although it has no floor: {}": f"""
        SELECT {_ACCOUNT}, a.currency
        FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
        WHERE a.kind NOT IN ('wallet', 'escrow', 'payout_pending')""",
    # Each entry starts from what another one left: the first from nothing, and the last leaves the
    # balance. Entries are not compared in any order, only as two heaps of numbers.
    "more of it was taken out than was earned: {}": """
        SELECT 'commission of ' || a.owner, format('%s %s', a.currency, sum(e.amount))
        FROM ledger.account a JOIN ledger.entry e ON e.account_id = a.id
        WHERE a.kind = 'commission' GROUP BY a.id HAVING sum(e.amount) < 0""",
    "what its entries left does not chain up: {}": f"""
        SELECT {_ACCOUNT}, a.currency
        FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
        JOIN LATERAL (
            SELECT array_agg(balance_after - amount ORDER BY balance_after - amount) AS starts,
                   array_agg(balance_after) AS leaves
            FROM ledger.entry WHERE account_id = a.id) e ON e.starts IS NOT NULL
        WHERE (SELECT array_agg(n ORDER BY n) FROM unnest(e.starts || b.balance) AS n)
              IS DISTINCT FROM
              (SELECT array_agg(n ORDER BY n) FROM unnest(e.leaves || 0::bigint) AS n)""",
}

_OUTSIDE = """
    WITH moved AS (
        SELECT t.id AS tx_id, t.kind, t.key, o.reverses, x.debit_id, x.credit_id, x.amount,
               coalesce('wallet of ' || a.owner, 'commission of platform') AS name, a.owner
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        LEFT JOIN ledger.outside o ON o.tx_id = t.id
        LEFT JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id) AND a.kind = 'wallet'
        WHERE t.order_id IS NULL)
"""

EFFECTS = {
    "a transfer was taken back {} times": _OUTSIDE
    + """
        SELECT first.name, count(*)::text FROM moved first
        JOIN moved back ON back.reverses = first.tx_id
        GROUP BY first.tx_id, first.name HAVING count(*) > 1""",
    "a reversal takes back something else than it says: {}": _OUTSIDE
    + """
        SELECT back.name, back.key FROM moved back
        LEFT JOIN moved first ON first.tx_id = back.reverses AND first.kind <> 'reversal'
        WHERE back.kind = 'reversal'
        AND (first.credit_id, first.debit_id, first.amount)
            IS DISTINCT FROM (back.debit_id, back.credit_id, back.amount)""",
    "paid in {}": _MONEY
    + """
        SELECT 'order ' || name, format('%s for lines of %s', holds::text, prices::text)
        FROM o JOIN paid USING (id) JOIN LATERAL (
            SELECT coalesce(array_agg((line->>'price')::bigint ORDER BY (line->>'price')::bigint),
                            '{}') AS prices
            FROM jsonb_array_elements(doc->'lines') AS line) l ON true
        WHERE holds <> prices""",
    "ended {} times in the ledger": _MONEY
    + """
        SELECT 'order ' || name, coalesce(ends, 0)::text FROM o LEFT JOIN ended USING (id)
        WHERE coalesce(ends, 0) <> final::integer""",
    "ended as {}": _MONEY
    + """
        SELECT 'order ' || name, format('%s in the ledger, %s by its state', kind, state)
        FROM o JOIN ended USING (id)
        WHERE final AND kind IS DISTINCT FROM CASE WHEN outcome->>'charged_back' IS NOT NULL
              THEN 'reclaim' WHEN state = 'completed' THEN 'release'
              WHEN state = 'cancelled' THEN 'refund' ELSE 'split' END""",
    "its money went elsewhere than its outcome says: {}": _MONEY
    + """
        SELECT 'order ' || name, format('%s / %s / %s / %s', refunded, paid_to_seller, commission,
               charged_back)
        FROM o JOIN paid USING (id) WHERE final
        AND (refunded, paid_to_seller, commission, charged_back) IS DISTINCT FROM (
            (outcome->>'refunded')::bigint, (outcome->>'paid_to_seller')::bigint,
            (outcome->>'commission')::bigint, coalesce((outcome->>'charged_back')::bigint, 0))""",
    "its outcome is not what its state and policy promise: {}": _MONEY
    + """
        SELECT 'order ' || name, outcome::text
        FROM o JOIN LATERAL (
            SELECT (outcome->>'refunded')::bigint AS refund,
                   (outcome->>'paid_to_seller')::bigint AS pay,
                   (outcome->>'commission')::bigint AS fee,
                   coalesce((outcome->>'charged_back')::bigint, 0) AS gone,
                   (doc->'policy'->>'commission_bps')::bigint AS bps) share ON true
        WHERE final AND (
            refund + pay + fee + gone IS DISTINCT FROM total
            OR fee IS DISTINCT FROM div((total - refund - gone) * bps, 10000)
            OR (gone > 0) IS DISTINCT FROM (outcome->>'by' = 'provider')
            OR CASE state WHEN 'completed' THEN refund + gone <> 0
                    WHEN 'cancelled' THEN refund + gone <> total
                    ELSE gone <> 0 OR refund NOT BETWEEN 1 AND total - 1 END)""",
    "a posting moves between accounts that it may not: {}": _MONEY
    + """
        SELECT coalesce('order ' || leg.order_id, 'transaction'), format('%s, %s of %s to %s of %s',
               leg.key, debit_kind, debit_owner, credit_kind, credit_owner)
        FROM leg LEFT JOIN o ON o.id = leg.order_id WHERE NOT coalesce(CASE kind
            WHEN 'top_up' THEN leg.order_id IS NULL
                 AND debit_kind = 'world' AND credit_kind = 'wallet'
            WHEN 'payout' THEN leg.order_id IS NULL
                 AND debit_kind = 'wallet' AND credit_kind = 'world'
            WHEN 'payout_hold' THEN leg.order_id IS NULL AND debit_owner = credit_owner
                 AND debit_kind = 'wallet' AND credit_kind = 'payout_pending'
            WHEN 'payout_done' THEN leg.order_id IS NULL
                 AND debit_kind = 'payout_pending' AND credit_kind = 'world'
            WHEN 'payout_return' THEN leg.order_id IS NULL AND credit_kind = 'wallet'
                 AND (debit_kind = 'world'
                      OR debit_kind = 'payout_pending' AND debit_owner = credit_owner)
            WHEN 'chargeback' THEN leg.order_id IS NULL
                 AND debit_kind = 'receivable' AND credit_kind = 'world'
            WHEN 'recovery' THEN leg.order_id IS NULL AND debit_owner = credit_owner
                 AND debit_kind = 'wallet' AND credit_kind = 'receivable'
            WHEN 'reclaim' THEN (debit_kind, debit_owner) = ('escrow', name)
                 AND (credit_kind = 'world' OR (credit_kind, credit_owner) = ('wallet', buyer_id))
            WHEN 'commission_payout' THEN leg.order_id IS NULL
                 AND debit_kind = 'commission' AND credit_kind = 'world'
            WHEN 'reversal' THEN leg.order_id IS NULL
                 AND 'world' IN (debit_kind, credit_kind)
                 AND (debit_kind = 'wallet' OR credit_kind IN ('wallet', 'commission'))
            WHEN 'hold' THEN (debit_kind, debit_owner) = ('wallet', buyer_id)
                 AND (credit_kind, credit_owner) = ('escrow', name)
            ELSE (debit_kind, debit_owner) = ('escrow', name) AND CASE credit_kind
                 WHEN 'commission' THEN kind <> 'refund'
                 WHEN 'wallet' THEN credit_owner = buyer_id AND kind <> 'release'
                                    OR credit_owner = seller_id AND kind <> 'refund' END
            END, false)""",
}

CONSERVATION = {
    "lost or made money: {}": _MONEY
    + """
        SELECT 'order ' || name, format('held %s, refunded %s, paid %s, commission %s, bank %s',
               held, refunded, paid_to_seller, commission, charged_back)
        FROM o JOIN paid USING (id)
        WHERE paid_out <> refunded + paid_to_seller + commission + charged_back
           OR final AND held <> paid_out""",
    "its escrow is wrong: {}": _MONEY
    + """
        SELECT 'order ' || name, coalesce(format('%s cents, closed: %s', b.balance, b.closed), '-')
        FROM o LEFT JOIN ledger.account a ON a.kind = 'escrow' AND a.owner = o.name
                                             AND a.currency = o.doc->>'currency'
        LEFT JOIN ledger.balance b ON b.account_id = a.id
        WHERE (b.balance, b.closed) IS DISTINCT FROM (CASE WHEN final THEN 0 ELSE total END, final)
    """,
    "has {} escrows": """
        SELECT 'order ' || owner, count(*)::text FROM ledger.account WHERE kind = 'escrow'
        GROUP BY owner HAVING count(*) > 1""",
    "has an escrow and is not there: {}": """
        SELECT 'order ' || owner, currency FROM ledger.account WHERE kind = 'escrow'
        AND NOT EXISTS (SELECT FROM orders WHERE id::text = owner)""",
}

AGREEMENT = {
    "its owner was told of {}, of which there is a reversal": _OUTSIDE
    + """
        SELECT name, format('%s notices', count(n.id))
        FROM moved LEFT JOIN wallet_notices n USING (tx_id)
        WHERE kind = 'reversal' AND owner IS NOT NULL
        GROUP BY tx_id, name, owner HAVING count(n.id) <> 1 OR bool_or(n.user_id <> owner)""",
    "its columns disagree with its document: {}": """
        SELECT 'order ' || id, format('%s v%s until %s, %s v%s until %s', state, version,
            deadline_at, doc->>'state', doc->>'version', doc->'deadline'->>'at') FROM orders
        WHERE (id::text, state, version::text, buyer_id, seller_id, service_id::text, deadline_at)
            IS DISTINCT FROM (doc->>'id', doc->>'state', doc->>'version', doc->>'buyer_id',
                doc->>'seller_id', doc->>'service_id', (doc->'deadline'->>'at')::timestamptz)""",
    "its outcome disagrees with its state: {}": """
        SELECT 'order ' || id, coalesce(doc->'outcome'->>'kind', '-') FROM orders
        WHERE doc->'outcome'->>'kind' IS DISTINCT FROM
              CASE WHEN state IN ('completed', 'cancelled', 'settled') THEN state END""",
    "is final and has a deadline: {}": """
        SELECT 'order ' || id, deadline_at::text FROM orders
        WHERE state IN ('completed', 'cancelled', 'settled') AND deadline_at IS NOT NULL""",
    "its journal has a gap: {}": """
        SELECT 'order ' || id, format('%s of %s events', count(seq), events)
        FROM orders LEFT JOIN events ON order_id = id GROUP BY id
        HAVING count(seq) <> events OR (max(seq) <> events
               AND NOT EXISTS (SELECT FROM restorations WHERE base < max(seq)))""",
    "its journal does not lead to its version: {}": """
        SELECT 'order ' || id, format('%s steps, version %s', count(seq), o.version)
        FROM orders o LEFT JOIN events e ON e.order_id = id AND e.accepted GROUP BY id
        HAVING max(e.version) <> o.version OR (count(seq) <> o.version
               AND NOT EXISTS (SELECT FROM restorations WHERE base < o.version))""",
    "its journal does not lead to its state: {}": """
        SELECT 'order ' || id, format('%s, not %s', e.state, o.state)
        FROM orders o JOIN LATERAL (SELECT state, version FROM events WHERE order_id = id
                                    ORDER BY seq DESC LIMIT 1) e ON true
        WHERE (e.state, e.version) <> (o.state, o.version)""",
    "its journal refuses and moves on at once: {}": """
        SELECT 'order ' || order_id, 'event ' || seq FROM (
            SELECT *, lag(state) OVER w AS old_state, lag(version) OVER w AS old_version
            FROM events WINDOW w AS (PARTITION BY order_id ORDER BY seq)) e
        WHERE NOT accepted AND (state, version) IS DISTINCT FROM (old_state, old_version)
        OR accepted AND version <> coalesce(old_version, 0) + 1
           AND version NOT IN (SELECT base + 1 FROM restorations)""",
    "its journal gives no reason: {}": """
        SELECT 'order ' || order_id, 'event ' || seq FROM events
        WHERE accepted <> (event IS NOT NULL) OR accepted <> (code IS NULL)
           OR accepted <> (reason IS NULL)""",
    "nobody, or the wrong people, were told of event {}": """
        SELECT 'order ' || e.order_id, e.seq::text
        FROM events e LEFT JOIN notices n USING (order_id, seq)
        GROUP BY e.order_id, e.seq, e.accepted, e.event
        HAVING e.accepted <> (count(n.id) > 0) OR bool_or(n.event <> e.event)""",
    "somebody was told twice of event {}": """
        SELECT 'order ' || order_id, seq::text FROM notices
        GROUP BY order_id, seq, role, user_id HAVING count(*) > 1""",
    "a stranger was told of event {}": """
        SELECT 'order ' || o.id, n.seq::text FROM orders o JOIN notices n ON n.order_id = o.id
        WHERE CASE n.role WHEN 'buyer' THEN n.user_id IS DISTINCT FROM buyer_id
                          WHEN 'seller' THEN n.user_id IS DISTINCT FROM seller_id
                          ELSE n.user_id IN (buyer_id, seller_id) END""",
    "request {} was answered otherwise than the journal says": """
        SELECT 'order ' || r.order_id, r.request_id
        FROM requests r LEFT JOIN events e
        ON e.order_id = r.order_id AND e.seq = (r.outcome->>'seq')::integer
        WHERE r.outcome IS NOT NULL AND
              (e.request_id, e.action, e.accepted::text, e.code, e.reason) IS DISTINCT FROM
              (r.request_id, r.action, r.outcome->>'accepted', r.outcome->>'code',
               r.outcome->>'detail')""",
    "request {} is in the journal and has no answer": """
        SELECT 'order ' || e.order_id, e.request_id FROM events e
        LEFT JOIN requests r USING (order_id, request_id)
        JOIN orders o ON o.id = e.order_id
        WHERE e.request_id IS NOT NULL AND r.outcome IS NULL
        -- What was asked of an order that ended long ago may have been removed.
        AND (r.request_id IS NOT NULL OR o.state NOT IN ('completed', 'cancelled', 'settled')
             OR o.updated_at > now() - interval '90 days')""",
    "request {} was decided more than once": """
        SELECT 'order ' || order_id, request_id FROM events WHERE request_id IS NOT NULL
        GROUP BY order_id, request_id HAVING count(*) > 1""",
    "a request that was received in time lost to the deadline of event {}": """
        SELECT 'order ' || e.order_id, e.seq::text FROM events e
        JOIN LATERAL (SELECT doc, doc->'offer' AS offer, doc->'cancellation_request' AS wish
                      FROM events WHERE order_id = e.order_id AND seq < e.seq AND accepted
                      ORDER BY seq DESC LIMIT 1) before ON true
        JOIN LATERAL (SELECT CASE e.action
            WHEN 'lapse_offer' THEN (offer->>'lapses_at')::timestamptz
            WHEN 'leave_cancellation_unanswered' THEN (wish->>'answer_by')::timestamptz
            WHEN 'remind' THEN least((offer->>'remind_at')::timestamptz,
                                     (wish->>'remind_at')::timestamptz,
                                     (before.doc->'deadline'->>'remind_at')::timestamptz)
            ELSE (before.doc->'deadline'->>'at')::timestamptz END AS at) timer ON true
        JOIN requests r ON r.order_id = e.order_id
        LEFT JOIN events d ON d.order_id = r.order_id AND d.request_id = r.request_id
        WHERE e.accepted AND e.actor->>'role' = 'deadline' AND r.received_at <= timer.at
        AND (d.seq IS NULL OR d.seq > e.seq)""",
    "its journal has another order at event {}": """
        SELECT 'order ' || order_id, seq::text FROM events
        WHERE accepted <> (doc IS NOT NULL)
           OR (doc->>'id', doc->>'state', doc->>'version')
              <> (order_id::text, state, version::text)""",
    "its journal does not lead to its document: {}": """
        SELECT 'order ' || id, 'event ' || e.seq FROM orders o
        JOIN LATERAL (SELECT seq, doc FROM events WHERE order_id = id AND accepted
                      ORDER BY seq DESC LIMIT 1) e ON true
        WHERE e.doc IS DISTINCT FROM o.doc""",
    "something is sent of event {}, which was refused": """
        SELECT 'order ' || order_id, seq::text FROM deliveries JOIN events e USING (order_id, seq)
        WHERE NOT e.accepted""",
    "somebody is sent event {} who was not told": """
        SELECT 'order ' || o.id, d.seq::text FROM deliveries d
        JOIN orders o ON o.id = d.order_id LEFT JOIN notices n ON n.id = d.notice_id
        WHERE d.channel = 'email' AND (
            (n.order_id, n.seq) IS DISTINCT FROM (d.order_id, d.seq)
            OR n.user_id <> d.user_id
            OR n.user_id IS NULL AND d.user_id IN (buyer_id, seller_id))""",
    "somebody is sent event {} twice": """
        SELECT 'order ' || order_id, seq::text FROM deliveries
        GROUP BY order_id, seq, user_id, endpoint_id HAVING count(*) > 1""",
}

LIVENESS = {
    "is final with an open escrow: {}": """
        SELECT 'order ' || o.id, o.state FROM orders o
        WHERE state IN ('completed', 'cancelled', 'settled') AND NOT EXISTS (
            SELECT FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
            WHERE a.kind = 'escrow' AND a.owner = o.id::text AND b.closed AND b.balance = 0)""",
    "its deadline has passed and nothing happened: {}": """
        SELECT 'order ' || id, deadline_at::text FROM orders
        WHERE deadline_at < now() - $1::interval""",
    "its offer, its wish or a reminder has passed and nothing happened: {}": """
        SELECT 'order ' || id, at FROM orders JOIN LATERAL (VALUES
            (doc->'offer'->>'lapses_at'), (doc->'offer'->>'remind_at'),
            (doc->'cancellation_request'->>'remind_at'), (doc->'deadline'->>'remind_at'),
            (CASE doc->'cancellation_request'->>'status' WHEN 'asked'
             THEN doc->'cancellation_request'->>'answer_by' END)) timer (at) ON true
        WHERE at::timestamptz < now() - $1::interval AND doc->>'payment_hold' IS NULL""",
    "what is sent of event {} waits for somebody to begin": """
        SELECT DISTINCT 'order ' || order_id, seq::text FROM deliveries
        WHERE started_at IS NULL AND created_at < now() - $1::interval""",
    "request {} waits for its answer": """
        SELECT 'order ' || order_id, request_id FROM requests
        WHERE outcome IS NULL AND received_at < now() - $1::interval""",
    **UNDECIDED,
}

ORACLES = {
    "ledger": LEDGER,
    "effects": EFFECTS,
    "conservation": CONSERVATION,
    "agreement": AGREEMENT,
    "liveness": LIVENESS,
    "chargebacks": CHARGEBACKS,
}


async def violations(
    connection: Connection,
    patience: timedelta = PATIENCE,
    oracles: Iterable[str] = tuple(ORACLES),
) -> list[str]:
    """What is wrong, a sentence each that names the order; empty where all is well.

    Works as the application's role too.
    """
    found = []
    for name in oracles:
        for words, query in ORACLES[name].items():
            rows = await connection.fetch(query, *([patience] if "$1" in query else []))
            found += [f"{name}: {subject}: {words.format(detail)}" for subject, detail in rows]
    return found
