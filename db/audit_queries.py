"""What should hold in the database whatever happened: each check as a query for what does not. It
gives the subject and the problem in words."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from db.feed import MESSAGE, OF_NO_ORDER, PAST, STEP, TRANSFER
from db.unreadable_values import UNREADABLE_VALUES
from domain.notices import EVENTS, TOLD
from domain.vocabulary import Code, Role, State

# A line's id as it stands in its key: percent-encoded, where it is not plain.
_ONE_WORD = """
    CASE WHEN line->>'id' ~ '^[A-Za-z0-9_.~-]+$' THEN line->>'id' ELSE (
        SELECT string_agg(CASE WHEN letter ~ '[A-Za-z0-9_.~-]' THEN letter ELSE
            regexp_replace(upper(encode(convert_to(letter, 'UTF8'), 'hex')), '(..)', '%\\1', 'g')
            END, '' ORDER BY n)
        FROM regexp_split_to_table(line->>'id', '') WITH ORDINALITY AS l (letter, n)) END
"""


def _legs(which: str = "true") -> str:
    """Return SQL for postings with their legs as the fingerprint was taken of them."""
    return f"""
    SELECT t.id, t.key, t.kind, t.order_id, t.currency, t.fingerprint, t.hash,
           jsonb_agg(jsonb_build_object(
               'debit', jsonb_build_object('kind', d.kind, 'owner', d.owner),
               'credit', jsonb_build_object('kind', c.kind, 'owner', c.owner),
               'amount', x.amount) ORDER BY x.leg) AS legs
    FROM ledger.tx t
    JOIN ledger.transfer x ON x.tx_id = t.id
    JOIN ledger.account d ON d.id = x.debit_id
    JOIN ledger.account c ON c.id = x.credit_id
    WHERE {which}
    GROUP BY t.id, t.key, t.kind, t.order_id, t.currency, t.fingerprint, t.hash
    """


# The postings of wallets' chains: each belongs to the first account with a floor that it names.
_LINKS = """
    SELECT *, lag(hash) OVER (PARTITION BY account_id ORDER BY id) AS before
    FROM (SELECT DISTINCT ON (t.id) t.id, t.key, t.previous, t.hash, s.account_id
          FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
          CROSS JOIN LATERAL (VALUES (1, x.debit_id), (2, x.credit_id)) AS s (side, account_id)
          JOIN ledger.account a ON a.id = s.account_id AND a.kind IN ('wallet', 'escrow')
          WHERE t.order_id IS NULL AND t.previous IS NOT NULL
          ORDER BY t.id, x.leg, s.side) own
"""

# What was written of a wallet before there were such chains.
_ANCHOR = """
    SELECT sha256(string_agg(t.hash, ''::bytea ORDER BY t.id)) FROM ledger.tx t
    WHERE t.order_id IS NULL AND t.previous IS NULL
      AND t.id IN (SELECT tx_id FROM ledger.entry e WHERE e.account_id = l.account_id)
"""

# An order's lines, whatever its document is: one that cannot be read must not end a query.
_LINES = """jsonb_path_query(o.doc, '$.lines[*] ? (@.price.type() == "number")') AS line"""
_LINES_COUNT = "jsonb_array_length(jsonb_path_query_array(o.doc, '$.lines[*]'))"

# Whose a transfer is that belongs to no order.
_WHOSE = "coalesce('wallet of ' || o.user_id, 'commission of platform')"
_WALLET_OF = """
    SELECT a.owner FROM ledger.transfer x
    JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id) AND a.kind = 'wallet'
    WHERE x.tx_id = t.id AND x.leg = 1 ORDER BY a.id = x.credit_id DESC LIMIT 1
"""

# What accounts hold by their kind, without a look at what orders moved: wallets and escrows by
# their balances, the outside world by what passed; the commission is what is left.
_HELD = """
    WITH held AS (
        SELECT a.kind, a.currency, sum(b.balance) AS amount
        FROM ledger.balance b JOIN ledger.account a ON a.id = b.account_id GROUP BY 1, 2
        UNION ALL
        SELECT a.kind, x.currency, sum(CASE a.id WHEN x.credit_id THEN x.amount ELSE -x.amount END)
        FROM ledger.outside o JOIN ledger.transfer x ON x.tx_id = o.tx_id
        JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id) AND a.kind = 'world'
        GROUP BY 1, 2
    ), earned AS (
        SELECT 'commission' AS kind, currency, -sum(amount) AS amount FROM held GROUP BY currency
    )
"""


def _sides(tx: str, debit: str, credit: str) -> str:
    return f"""(SELECT jsonb_agg(jsonb_build_array({debit}, {credit}, amount) ORDER BY leg)
        FROM ledger.transfer WHERE tx_id = {tx})"""


_ACCOUNT = "CASE a.kind WHEN 'escrow' THEN 'order ' ELSE a.kind || ' of ' END || a.owner"


def _in_words(amount: str) -> str:
    """Return SQL for an amount that a document names, which may be none, or of any length."""
    return f"""CASE WHEN {amount} IS NULL THEN 'nothing that can be read'
        WHEN abs({amount}) > 9223372036854775807 THEN 'more than any account can hold'
        ELSE {amount}::text END"""


# What the feed has an entry of, in its journal or in the books: nobody else's, and as what it is.
_IN_FEED = f"CASE f.order_id WHEN '{OF_NO_ORDER}' THEN 'the feed' ELSE 'order ' || f.order_id END"

# Of a dispute whose beginning cannot be read, the order's: a cast that fails would end the query.
_OPENED_AT = """
    CASE WHEN pg_input_is_valid(o.doc->'dispute'->>'opened_at', 'timestamptz')
         THEN (o.doc->'dispute'->>'opened_at')::timestamptz ELSE o.created_at END
"""

_FINAL = "('completed', 'cancelled', 'settled')"

# Each query gives the subject and the problem of what it finds. Its name stays as it is: people
# search for it, and docs/operations.md says what it means.
CHECKS = {
    # A posting that says something else than when it was written.
    "changed-posting": f"""
    SELECT coalesce('order ' || order_id, 'posting ' || key),
           'posting ' || key || ' is not what was written'
    FROM ({_legs()}) l WHERE fingerprint <> ledger.fingerprint(kind, order_id, currency, legs)
    """,
    # An order's chain of postings with a link changed, taken out or put in.
    "broken-chain": """
    SELECT 'order ' || order_id, 'the chain of its postings breaks at ' || key
    FROM (SELECT *, lag(hash) OVER (PARTITION BY order_id ORDER BY id) AS before
          FROM ledger.tx WHERE order_id IS NOT NULL) t
    WHERE hash <> sha256(coalesce(before, ''::bytea) || convert_to(key, 'UTF8') || fingerprint)
    """,
    "empty-posting": """
    SELECT coalesce('order ' || t.order_id, 'posting ' || t.key), 'posting ' || t.key || ' is empty'
    FROM ledger.tx t WHERE NOT EXISTS (SELECT FROM ledger.transfer x WHERE x.tx_id = t.id)
    """,
    # What belongs to no order: hashed with the one before it in its wallet, or alone where it is
    # older than these chains.
    "broken-hash": """
    SELECT 'posting ' || key, 'is not what was written' FROM ledger.tx
    WHERE order_id IS NULL
      AND hash <> sha256(coalesce(previous, ''::bytea) || convert_to(key, 'UTF8') || fingerprint)
    """,
    "broken-wallet-chain": f"""
    SELECT {_ACCOUNT}, 'the chain of its top-ups and payouts breaks at ' || l.key
    FROM ({_LINKS}) l JOIN ledger.account a ON a.id = l.account_id
    WHERE l.previous <> coalesce(l.before, ({_ANCHOR}), ''::bytea)
    UNION ALL
    SELECT {_ACCOUNT}, 'the chain of its top-ups and payouts does not end where it did'
    FROM ledger.balance b JOIN ledger.account a ON a.id = b.account_id
    LEFT JOIN (SELECT DISTINCT ON (account_id) account_id, hash FROM ({_LINKS}) l
               ORDER BY account_id, id DESC) e ON e.account_id = b.account_id
    WHERE b.chain IS DISTINCT FROM e.hash
    """,
    # What is taken out of the commission has no wallet, and so no part of a night.
    "changed-commission-payout": f"""
    SELECT 'posting ' || key, 'is not what was written'
    FROM ({_legs("t.id IN (SELECT tx_id FROM ledger.outside WHERE user_id IS NULL)")}) l
    WHERE fingerprint <> ledger.fingerprint(kind, order_id, currency, legs)
    """,
    # Transfers are looked up in a list beside the postings.
    "differing-transfer": f"""
    SELECT 'posting ' || t.key, 'is not listed among the transfers as it is'
    FROM ledger.tx t LEFT JOIN ledger.outside o ON o.tx_id = t.id
    WHERE t.order_id IS NULL
      AND (o.kind, o.user_id) IS DISTINCT FROM (t.kind, ({_WALLET_OF}))
    """,
    "wrong-reversal": f"""
    SELECT {_WHOSE}, format('transfer %s does not move back what it takes back', o.id)
    FROM ledger.outside o WHERE o.kind = 'reversal'
      AND {_sides("o.tx_id", "debit_id", "credit_id")}
          IS DISTINCT FROM {_sides("o.reverses", "credit_id", "debit_id")}
    UNION ALL
    SELECT {_WHOSE}, format('transfer %s was taken back %s times', o.id, count(*))
    FROM ledger.outside o JOIN ledger.outside back ON back.reverses = o.tx_id
    GROUP BY o.tx_id, o.id, o.user_id HAVING count(*) > 1
    """,
    "untold-reversal": """
    SELECT 'wallet of ' || o.user_id, format('nobody was told of transfer %s', o.id)
    FROM ledger.outside o WHERE o.kind = 'reversal' AND o.user_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM wallet_notices n
                      WHERE n.tx_id = o.tx_id AND n.user_id = o.user_id)
    """,
    # What is read of the platform's own accounts, which is summed as they move.
    "differing-sums": f"""
    {_HELD}
    SELECT format('all accounts of kind %s', kind),
           format('are said to hold %s %s, and hold %s', coalesce(s.amount, 0), currency,
                  coalesce(m.amount, 0))
    FROM ledger.sums s FULL JOIN (TABLE held UNION ALL TABLE earned) m USING (kind, currency)
    WHERE coalesce(s.amount, 0) <> coalesce(m.amount, 0)
    """,
    "overdrawn-commission": f"""
    {_HELD}
    SELECT 'commission of platform',
           format('%s %s more was taken out than was earned', -amount, currency)
    FROM earned WHERE amount < 0
    """,
    "mixed-currencies": """
    SELECT coalesce('order ' || t.order_id, 'posting ' || t.key),
           format('posting %s is in %s and moves %s between accounts in %s and %s', t.key,
                  t.currency, x.currency, d.currency, c.currency)
    FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
    JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id
    WHERE t.currency <> ALL (ARRAY[x.currency, d.currency, c.currency])
       OR d.currency <> x.currency OR c.currency <> x.currency
    """,
    # Who has a floor has a balance: the sum of the movements, as often moved as there are any.
    "missing-balance": f"""
    SELECT {_ACCOUNT}, format('%s has lost its balance in %s', a.kind, a.currency)
    FROM ledger.account a LEFT JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.kind IN ('wallet', 'escrow') AND b.account_id IS NULL
    """,
    "balance-without-floor": f"""
    SELECT {_ACCOUNT}, format('%s keeps a balance and has no floor', a.kind)
    FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.kind NOT IN ('wallet', 'escrow')
    """,
    "unbalanced-account": f"""
    SELECT {_ACCOUNT}, format('%s holds %s %s, its postings say %s', a.kind, b.balance, a.currency,
                              coalesce(e.total, 0))
    FROM ledger.balance b JOIN ledger.account a ON a.id = b.account_id
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger.entry GROUP BY 1) e
           ON e.account_id = b.account_id
    WHERE b.balance <> coalesce(e.total, 0)
    """,
    "miscounted-account": f"""
    SELECT {_ACCOUNT}, format('%s was moved %s times in %s, its postings say %s times', a.kind,
                              b.version, a.currency, coalesce(e.times, 0))
    FROM ledger.balance b JOIN ledger.account a ON a.id = b.account_id
    LEFT JOIN (SELECT account_id, count(*) AS times FROM ledger.entry GROUP BY 1) e
           ON e.account_id = b.account_id
    WHERE b.version <> coalesce(e.times, 0)
    """,
    # A movement starts from what the one before it left: movements are numbered under the lock.
    "broken-running-balance": f"""
    SELECT {_ACCOUNT}, format('a movement of posting %s left %s %s where there were %s', t.key,
                              coalesce(e.balance_after::text, 'nothing known'), a.currency,
                              e.before + e.amount)
    FROM (SELECT *, coalesce(lag(balance_after) OVER (PARTITION BY account_id ORDER BY tx_id, leg),
                             0) AS before
          FROM ledger.entry) e
    JOIN ledger.account a ON a.id = e.account_id JOIN ledger.tx t ON t.id = e.tx_id
    WHERE a.kind IN ('wallet', 'escrow') AND e.balance_after IS DISTINCT FROM e.before + e.amount
    """,
    "overdrawn-account": f"""
    SELECT {_ACCOUNT}, format('%s is below zero: %s %s', a.kind, b.balance, a.currency)
    FROM ledger.balance b JOIN ledger.account a ON a.id = b.account_id WHERE b.balance < 0
    """,
    # Money that was paid for an order that is not there.
    "postings-without-order": """
    SELECT 'order ' || lost.id, 'has postings and is not there'
    FROM (SELECT order_id::text AS id FROM ledger.tx WHERE order_id IS NOT NULL
          UNION SELECT owner FROM ledger.account WHERE kind = 'escrow') lost
    LEFT JOIN orders o ON o.id::text = lost.id WHERE o.id IS NULL
    """,
    # What is shown and what is moved are in one currency.
    "differing-currencies": """
    SELECT 'order ' || o.id, format('is in %s by its document, and was paid in %s',
                                    coalesce(o.doc->>'currency', 'nothing'),
                                    string_agg(a.currency, ', ' ORDER BY a.currency))
    FROM orders o JOIN ledger.account a ON a.owner = o.id::text AND a.kind = 'escrow'
    GROUP BY o.id, o.doc HAVING bool_or(a.currency::text IS DISTINCT FROM o.doc->>'currency')
    """,
    # Escrow: all that was paid while the order runs, shut and empty when it has ended.
    "wrong-escrow": f"""
    SELECT 'order ' || o.id, format('is %s and its escrow holds %s of %s', o.state,
                                    coalesce(b.balance, 0), {_in_words("held.total")})
    FROM orders o
    JOIN LATERAL (SELECT sum((line->>'price')::numeric) AS total
                  FROM {_LINES}) held ON true
    LEFT JOIN ledger.account a ON a.owner = o.id::text AND a.kind = 'escrow'
    LEFT JOIN ledger.balance b ON b.account_id = a.id
    WHERE CASE WHEN o.state IN {_FINAL} THEN b.balance IS DISTINCT FROM 0 OR NOT b.closed
               ELSE b.balance IS DISTINCT FROM held.total OR b.closed END
    """,
    # One hold a line, at its price.
    "wrong-payment-of-line": f"""
    SELECT 'order ' || o.id, format('line %s was paid %s times, %s of %s', line->>'id', count(x),
                                    coalesce(sum(x.amount), 0),
                                    {_in_words("(line->>'price')::numeric")})
    FROM orders o CROSS JOIN LATERAL {_LINES}
    LEFT JOIN ledger.tx t ON t.order_id = o.id AND t.kind = 'hold'
                         AND t.key = 'order:' || o.id || ':hold:' || {_ONE_WORD}
    LEFT JOIN ledger.transfer x ON x.tx_id = t.id
    GROUP BY o.id, line
    HAVING count(x) <> 1 OR sum(x.amount) <> (line->>'price')::numeric
    """,
    "wrong-number-of-payments": f"""
    SELECT 'order ' || o.id, format('%s payments for %s lines', count(t), {_LINES_COUNT})
    FROM orders o JOIN ledger.tx t ON t.order_id = o.id AND t.kind = 'hold'
    GROUP BY o.id, o.doc HAVING count(t) <> {_LINES_COUNT}
    """,
    # One end a final order, and it paid what the outcome says.
    "wrong-number-of-endings": f"""
    SELECT 'order ' || o.id, format('is %s and was paid out %s times', o.state, count(t))
    FROM orders o LEFT JOIN ledger.tx t ON t.order_id = o.id
                                       AND t.kind IN ('release', 'refund', 'split')
    GROUP BY o.id, o.state HAVING count(t) <> (o.state IN {_FINAL})::int
    """,
    "wrong-payout": """
    SELECT 'order ' || o.id, 'was paid out otherwise than its outcome says'
    FROM orders o
    JOIN LATERAL (
        SELECT coalesce(sum(x.amount) FILTER (
                   WHERE a.kind = 'wallet' AND a.owner = o.buyer_id), 0) AS refunded,
               coalesce(sum(x.amount) FILTER (
                   WHERE a.kind = 'wallet' AND a.owner = o.seller_id), 0) AS paid_to_seller,
               coalesce(sum(x.amount) FILTER (WHERE a.kind = 'commission'), 0) AS commission
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account a ON a.id = x.credit_id
        WHERE t.order_id = o.id AND t.kind IN ('release', 'refund', 'split')) paid ON true
    WHERE CASE jsonb_typeof(o.doc->'outcome') WHEN 'object' THEN
          jsonb_build_object('refunded', paid.refunded, 'paid_to_seller', paid.paid_to_seller,
                             'commission', paid.commission)
       <> (o.doc->'outcome') - 'kind' - 'by' - 'cause' - 'counts_as'
          ELSE o.doc->>'outcome' IS NOT NULL END
    """,
    # The order's row, its document and its journal say the same.
    "differing-versions": """
    SELECT 'order ' || o.id, format('row %s v%s, document %s v%s, journal %s v%s', o.state,
        o.version, o.doc->>'state', o.doc->>'version', e.state, e.version)
    FROM orders o
    LEFT JOIN LATERAL (SELECT state, version FROM events
                       WHERE order_id = o.id AND accepted ORDER BY seq DESC LIMIT 1) e ON true
    WHERE (o.state, o.version::text) IS DISTINCT FROM (o.doc->>'state', o.doc->>'version')
       OR (o.state, o.version) IS DISTINCT FROM (e.state, e.version)
    """,
    "differing-people": """
    SELECT 'order ' || o.id, 'is of other people by its row than by its document'
    FROM orders o
    WHERE (o.buyer_id, o.seller_id) IS DISTINCT FROM (o.doc->>'buyer_id', o.doc->>'seller_id')
    """,
    "wrong-outcome": f"""
    SELECT 'order ' || o.id, format('is %s and has %s', o.state,
                                    CASE WHEN o.doc->>'outcome' IS NULL THEN 'no' ELSE 'an' END
                                    || ' outcome')
    FROM orders o WHERE (o.state IN {_FINAL}) = (o.doc->>'outcome' IS NULL)
    """,
    "incomplete-journal": """
    SELECT 'order ' || o.id, format('its journal has %s entries, %s were written', count(e),
                                    o.events)
    FROM orders o LEFT JOIN events e ON e.order_id = o.id
    GROUP BY o.id, o.events HAVING count(e) <> o.events
    """,
    # What lists look in beside the rows: kept by triggers, so that somebody took these away.
    "differing-list": f"""
    SELECT 'order ' || o.id, 'is looked up by something else than its row says'
    FROM orders o LEFT JOIN listed_orders l ON l.order_id = o.id
    LEFT JOIN sought_orders f ON f.order_id = o.id
    LEFT JOIN disputed_orders d ON d.order_id = o.id
    WHERE (o.buyer_id, o.seller_id, o.state, o.created_at, o.updated_at, o.deadline_at)
          IS DISTINCT FROM (f.buyer_id, f.seller_id, f.state, f.created_at, f.updated_at,
                            f.deadline_at)
       OR (o.seller_id, o.created_at, o.started_at IS NOT NULL, o.state = 'disputed')
          IS DISTINCT FROM (l.seller_id, l.created_at, l.started, l.disputed)
       OR (o.state IN {_FINAL} AND (o.updated_at, o.doc->'outcome'->>'counts_as')
                                   IS DISTINCT FROM (l.ended_at, l.counts_as))
       OR (o.state NOT IN {_FINAL} AND (l.ended_at, l.counts_as) IS DISTINCT FROM (NULL, NULL))
       OR d.opened_at IS DISTINCT FROM CASE WHEN o.state = 'disputed' THEN {_OPENED_AT} END
    """,
    # How many orders are in a state is counted as they move.
    "differing-counts": """
    SELECT format('all orders that are %s', state),
           format('are counted as %s, and are %s', coalesce(c.orders, 0), coalesce(o.orders, 0))
    FROM state_counts c
    FULL JOIN (SELECT state, count(*) AS orders FROM sought_orders GROUP BY state) o USING (state)
    WHERE coalesce(c.orders, 0) <> coalesce(o.orders, 0)
    """,
    # Reputations are counted as orders end, and services listed by them.
    "differing-reputation": """
    SELECT 'seller ' || coalesce(r.seller_id, c.seller_id), format(
        'counts %s completed and %s cancelled orders since %s, there are %s and %s',
        r.completed, r.cancelled, r.counted_from, coalesce(c.completed, 0),
        coalesce(c.cancelled, 0))
    FROM reputations r
    FULL JOIN (SELECT l.seller_id, count(*) FILTER (WHERE l.counts_as = 'completed') AS completed,
                      count(*) FILTER (WHERE l.counts_as = 'cancelled') AS cancelled,
                      min(l.ended_at) AS oldest_at
               FROM listed_orders l LEFT JOIN reputations k ON k.seller_id = l.seller_id
               WHERE l.counts_as IS NOT NULL
                 AND (k.seller_id IS NULL OR l.ended_at >= k.counted_from)
               GROUP BY l.seller_id) c ON c.seller_id = r.seller_id
    WHERE (r.completed, r.cancelled)
          IS DISTINCT FROM (coalesce(c.completed, 0), coalesce(c.cancelled, 0))
       OR (c.oldest_at IS NOT NULL AND r.oldest_at > c.oldest_at IS NOT FALSE)
    UNION ALL
    SELECT 'service ' || coalesce(s.id, l.service_id),
           'is listed by something else than it and its seller''s reputation say'
    FROM services s FULL JOIN listed_services l ON l.service_id = s.id
    LEFT JOIN reputations r ON r.seller_id = s.seller_id
    WHERE (s.seller_id, s.archived_at IS NOT NULL, s.created_at,
           visibility_of(r.completed, r.cancelled))
          IS DISTINCT FROM (l.seller_id, l.archived, l.created_at, l.visibility)
    """,
    # What nobody has read is looked for along an index, and beyond a mark.
    "differing-inbox": """
    SELECT 'order ' || n.order_id, format('notice %s of it is kept as %s, and is not', n.id,
                                          CASE WHEN n.unread THEN 'unread' ELSE 'read' END)
    FROM notices n
    LEFT JOIN notice_reads r ON r.notice_id = n.id AND r.user_id = n.user_id
    WHERE n.user_id IS NOT NULL AND n.unread = (r.notice_id IS NOT NULL)
    UNION ALL
    SELECT 'user ' || m.user_id, format('has not read notice %s for every %s', n.id, m.role)
    FROM inbox_marks m JOIN notices n ON n.user_id IS NULL AND n.role = m.role AND n.id <= m.up_to
    JOIN orders o ON o.id = n.order_id
    WHERE m.user_id NOT IN (o.buyer_id, o.seller_id) AND NOT EXISTS (
        SELECT FROM notices same JOIN notice_reads r ON r.notice_id = same.id
        WHERE same.order_id = n.order_id AND same.seq = n.seq AND same.user_id IS NULL
          AND r.user_id = m.user_id)
    """,
    "differing-queue": """
    SELECT 'order ' || r.order_id, CASE WHEN r.outcome IS NULL
        THEN format('its request %s waits and is not in the queue as it is', r.request_id)
        ELSE format('its request %s was decided and is still in the queue', r.request_id) END
    FROM requests r
    LEFT JOIN undecided u ON u.order_id = r.order_id AND u.request_id = r.request_id
    WHERE (r.outcome IS NULL) <> (u.order_id IS NOT NULL)
       OR (r.outcome IS NULL
           AND (r.actor_id, r.next_signal) IS DISTINCT FROM (u.actor_id, u.next_signal))
    """,
    # What happened stands in the feed or waits to, and nothing else does. While what is older than
    # the feed is being brought in, nobody can say what is missing.
    "differing-feed": f"""
    SELECT 'order ' || e.order_id, format('entry %s of its journal is not in the feed', e.seq)
    FROM events e
    LEFT JOIN feed f ON f.order_id = e.order_id AND f.source = '{STEP}' AND f.ref = e.seq
    LEFT JOIN (SELECT DISTINCT order_id, source, ref FROM unnumbered) u
           ON u.order_id = e.order_id AND u.source = '{STEP}' AND u.ref = e.seq
    WHERE e.accepted AND f.number IS NULL AND u.ref IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered WHERE source = '{PAST}')
    UNION ALL
    SELECT 'order ' || m.order_id, format('its message %s is not in the feed', m.number)
    FROM messages m
    LEFT JOIN feed f ON f.order_id = m.order_id AND f.source = '{MESSAGE}' AND f.ref = m.number
    LEFT JOIN (SELECT DISTINCT order_id, source, ref FROM unnumbered) u
           ON u.order_id = m.order_id AND u.source = '{MESSAGE}' AND u.ref = m.number
    WHERE f.number IS NULL AND u.ref IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered WHERE source = '{PAST}')
    UNION ALL
    SELECT 'posting ' || t.key, 'is not in the feed'
    FROM ledger.tx t
    LEFT JOIN feed f ON f.order_id = '{OF_NO_ORDER}' AND f.source = '{TRANSFER}' AND f.ref = t.id
    WHERE t.order_id IS NULL AND f.number IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered u WHERE u.source IN ('{TRANSFER}', '{PAST}')
                      AND (u.source = '{PAST}' OR u.ref = t.id))
    UNION ALL
    SELECT {_IN_FEED}, format('entry %s of the feed tells of something else, or of nothing',
                              f.number)
    FROM feed f
    LEFT JOIN events e ON e.order_id = f.order_id AND e.seq = f.ref AND e.accepted
                      AND f.source = '{STEP}'
    LEFT JOIN messages m ON m.order_id = f.order_id AND m.number = f.ref
                        AND f.source = '{MESSAGE}'
    LEFT JOIN ledger.tx t ON t.id = f.ref AND t.order_id IS NULL AND f.source = '{TRANSFER}'
    WHERE f.type IS DISTINCT FROM CASE f.source
        WHEN '{STEP}' THEN coalesce(e.event, '')
        WHEN '{MESSAGE}' THEN CASE WHEN m.number IS NOT NULL THEN 'order.message' END
        WHEN '{TRANSFER}' THEN 'transfer.' || t.kind END
    """,
    # What is numbered after a restoration begins beyond what others were given before it.
    "unnoted-restoration": """
    SELECT 'the database', 'was restored or taken over, and its numbers go on as if it were not'
    FROM schema_place WHERE mark <> server_mark()
    """,
    # Each number comes after the one before it, from 1 on.
    "feed-gap": f"""
    SELECT {_IN_FEED}, format('entry %s of the feed comes after none', f.number)
    FROM feed f WHERE f.number <> 1
    AND NOT EXISTS (SELECT FROM public.feed b WHERE b.number = f.number - 1)
    """,
    # Messages are numbered without a gap, and what is unread is counted as they come.
    "incomplete-conversation": """
    SELECT 'order ' || order_id, format('its conversation has %s messages, %s were written',
                                        coalesce(m.found, 0), coalesce(c.messages, 0))
    FROM conversations c
    FULL JOIN (SELECT order_id, count(*) AS found, max(number) AS newest
               FROM messages GROUP BY order_id) m USING (order_id)
    WHERE coalesce(c.messages, 0) <> coalesce(m.found, 0)
       OR (c.messages <> m.newest
           AND NOT EXISTS (SELECT FROM restorations r WHERE m.newest > r.base))
    """,
    "miscounted-messages": """
    SELECT 'order ' || p.order_id, 'what somebody has not read of its messages is miscounted'
    FROM conversation_members p
    JOIN conversations c ON c.order_id = p.order_id
    LEFT JOIN messages m ON m.order_id = p.order_id AND m.author_id <> p.user_id
                        AND m.number > p.up_to
    GROUP BY p.order_id, p.user_id, p.own_beyond, p.up_to, c.messages
    HAVING count(m) <> c.messages - p.up_to - p.own_beyond
    """,
}


def _one_of(words: Iterable[str]) -> str:
    return f"({', '.join(repr(str(word)) for word in words)})"


def _no_length(column: str) -> str:
    """Return whether an interval is longer than any length of time that there is."""
    return f"abs(extract(epoch FROM {column})) > {timedelta.max.total_seconds():.0f}"


def _no_actor(column: str) -> str:
    return f"""(jsonb_typeof({column}) <> 'null' AND (jsonb_typeof({column}) <> 'object'
        OR coalesce({column}->>'role', '') NOT IN {_one_of(Role)}
        OR coalesce(jsonb_typeof({column}->'id'), '') NOT IN ('string', 'null')))"""


# What lists leave out, since nobody could show it: rows that hold what this release does not know.
UNSHOWABLE = {
    "unshowable-service": f"""
    SELECT 'service ' || s.id, 'cannot be shown' FROM services s
    WHERE s.currency !~ '^[A-Z]{{3}}$' OR {_no_length("s.delivery_time")}
       OR {_no_length("s.revision_time")} OR EXISTS (
           SELECT FROM extras e WHERE e.service_id = s.id AND {_no_length("e.delivery_time")})
    """,
    "unshowable-metadata": " UNION ALL ".join(
        f"SELECT {subject}, 'its metadata cannot be shown' FROM {table}"
        " WHERE jsonb_typeof(metadata) <> 'object'"
        """ OR jsonb_path_exists(metadata, 'strict $.* ? (@.type() != "string")')"""
        for table, subject in (
            ("services", "'service ' || id"),
            ("order_metadata", "'order ' || order_id"),
            ("webhook_endpoints", "'webhook endpoint ' || id"),
        )
    ),
    "unshowable-titles": "SELECT 'order ' || id, 'its titles cannot be read' FROM orders"
    " WHERE jsonb_typeof(titles) <> 'object'",
    "foreign-ids": """
    SELECT 'order ' || o.id, 'has other ids in its document than in its row, or none'
    FROM orders o
    WHERE (o.doc->>'id', o.doc->>'service_id') IS DISTINCT FROM (o.id::text, o.service_id::text)
       OR EXISTS (SELECT FROM jsonb_path_query(o.doc, '$.extras[*].id') AS extra
                  WHERE NOT coalesce(pg_input_is_valid(extra #>> '{}', 'uuid'), false))
    """,
    "unshowable-entry": f"""
    SELECT 'order ' || e.order_id, format('entry %s of its journal cannot be shown', e.seq)
    FROM events e LEFT JOIN requests r ON r.order_id = e.order_id AND r.request_id = e.request_id
    WHERE e.state NOT IN {_one_of(State)} OR e.code NOT IN {_one_of(Code)}
       OR {_no_actor("e.actor")} OR jsonb_typeof(r.fields) <> 'object'
       OR (e.accepted AND coalesce(e.event, '') NOT IN {_one_of(EVENTS)})
    """,
    "unshowable-request": f"""
    SELECT 'order ' || order_id, format('request %s of it cannot be shown', request_id)
    FROM requests WHERE actor_role NOT IN {_one_of(Role)} OR jsonb_typeof(signal) <> 'object'
       OR (outcome IS NOT NULL AND (
        jsonb_typeof(outcome) <> 'object'
        OR coalesce(jsonb_typeof(outcome->'accepted'), '') <> 'boolean'
        OR coalesce(jsonb_typeof(outcome->'seq'), '') <> 'number'
        OR outcome->>'code' NOT IN {_one_of(Code)}))
    """,
    "notice-for-nobody": f"""
    SELECT 'order ' || order_id, format('a notice of %s is for nobody', CASE WHEN seq < 0
        THEN 'message ' || -seq ELSE 'entry ' || seq || ' of its journal' END)
    FROM notices WHERE role NOT IN {_one_of(Role)}
    """,
    "unshowable-message": f"""
    SELECT 'order ' || order_id, format('message %s of it cannot be shown', number)
    FROM messages WHERE author_role NOT IN {_one_of(Role)}
    """,
    "unknown-event-of-endpoint": f"""
    SELECT 'webhook endpoint ' || id, 'wants events that there are not'
    FROM webhook_endpoints WHERE NOT events <@ ARRAY[{", ".join(map(repr, TOLD))}]
    """,
    **UNREADABLE_VALUES,
}


# What a check finds in the place of each table where it was given a part.
_OF_ORDERS = "SELECT * FROM public.{} WHERE {} = ANY ($1::uuid[])"
_OF_ACCOUNTS = "SELECT * FROM ledger.{} WHERE account_id = ANY ($2::bigint[])"
_IN_PART = {
    "orders": _OF_ORDERS.format("orders", "id"),
    **{
        table: _OF_ORDERS.format(table, "order_id")
        for table in (
            *("events", "requests", "notices", "undecided", "listed_orders", "sought_orders"),
            "disputed_orders",
            *("messages", "conversations", "conversation_members"),
            "unnumbered",
        )
    },
    "feed": f"{_OF_ORDERS.format('feed', 'order_id')} UNION ALL SELECT f.* FROM public.feed f"
    f" WHERE f.order_id = '{OF_NO_ORDER}' AND f.source = '{TRANSFER}' AND f.ref IN"
    " (SELECT tx_id FROM ledger.entry WHERE account_id = ANY ($2::bigint[]))",
    "tx": "SELECT * FROM ledger.tx WHERE order_id = ANY ($1::uuid[]) OR (order_id IS NULL AND id IN"
    " (SELECT tx_id FROM ledger.entry WHERE account_id = ANY ($2::bigint[])))",
    **{table: _OF_ACCOUNTS.format(table) for table in ("balance", "entry")},
}
UNREADABLE = "unreadable-step"
STEPS = "SELECT order_id, seq, doc FROM events WHERE accepted"
_BY_ACCOUNT = frozenset({"unbalanced-account", "miscounted-account", "broken-running-balance"})
_BY_ORDER = frozenset(
    {
        *("changed-posting", "broken-chain", "mixed-currencies"),
        *(
            "differing-currencies",
            "wrong-escrow",
            "wrong-payment-of-line",
            "wrong-number-of-payments",
        ),
        *("wrong-number-of-endings", "wrong-payout", "differing-versions", "differing-people"),
        *("wrong-outcome", "incomplete-journal", "unshowable-titles", "foreign-ids"),
        *("unshowable-entry", "unshowable-request", "notice-for-nobody", UNREADABLE),
        *("differing-list", "differing-queue", "differing-inbox", "differing-feed", "feed-gap"),
        *("incomplete-conversation", "miscounted-messages", "unshowable-message"),
    }
)
OF_PARTS = _BY_ACCOUNT | _BY_ORDER
"""The checks that can be asked about a part. All others are about everything, whoever asks."""


def checks() -> Mapping[str, str]:
    """Return the SQL of each check that gives what it finds in words, by its name."""
    return CHECKS | UNSHOWABLE


def of_part(check: str, query: str) -> str:
    """Return the SQL of a check of `OF_PARTS` about the orders $1 and the accounts $2 alone."""
    swapped = ("balance", "entry") if check in _BY_ACCOUNT else ("tx",)
    for table in swapped:
        query = query.replace(f"ledger.{table}", table)
    # No other table is named: whoever holds one up would hold up every check.
    tables = [f"{name} AS ({rows})" for name, rows in _IN_PART.items() if _names(query, name)]
    both = "part AS (SELECT $1::uuid[] AS orders, $2::bigint[] AS accounts)"
    return f"WITH {', '.join([both, *tables])} {query}"


def _names(query: str, table: str) -> bool:
    return re.search(rf"\b{table}\b", query) is not None
