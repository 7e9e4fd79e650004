"""Checks of the money: postings, accounts and transfers, and what each order holds and paid."""

FINAL = "('completed', 'cancelled', 'settled')"
"""The states in which an order has ended, as SQL."""

FLOORED = "('wallet', 'escrow', 'payout_pending')"
"""The kinds of accounts that keep a balance, which is never below zero, as SQL."""

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
_LINKS = f"""
    SELECT *, lag(hash) OVER (PARTITION BY account_id ORDER BY id) AS before
    FROM (SELECT DISTINCT ON (t.id) t.id, t.key, t.previous, t.hash, s.account_id
          FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
          CROSS JOIN LATERAL (VALUES (1, x.debit_id), (2, x.credit_id)) AS s (side, account_id)
          JOIN ledger.account a ON a.id = s.account_id AND a.kind IN {FLOORED}
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
    JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id)
                         AND a.kind IN ('wallet', 'payout_pending', 'receivable')
    WHERE x.tx_id = t.id AND x.leg = 1 ORDER BY a.id = x.credit_id DESC LIMIT 1
"""

# What accounts hold by their kind, without a look at what orders moved: wallets and escrows by
# their balances, the outside world and what is owed by what passed, and what was taken back out of
# escrow; the commission is what is left.
_HELD = """
    WITH held AS (
        SELECT a.kind, a.currency, sum(b.balance) AS amount
        FROM ledger.balance b JOIN ledger.account a ON a.id = b.account_id GROUP BY 1, 2
        UNION ALL
        SELECT a.kind, x.currency, sum(CASE a.id WHEN x.credit_id THEN x.amount ELSE -x.amount END)
        FROM ledger.outside o JOIN ledger.transfer x ON x.tx_id = o.tx_id
        JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id)
                             AND a.kind IN ('world', 'receivable')
        GROUP BY 1, 2
        UNION ALL
        SELECT a.kind, x.currency, sum(x.amount) FROM chargebacks c
        JOIN pay_ins p ON p.id = c.pay_in_id
        JOIN ledger.tx t ON t.order_id = p.order_id AND t.kind = 'reclaim'
        JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'world'
        WHERE c.state = 'lost' GROUP BY 1, 2
    ), summed AS (
        SELECT kind, currency, sum(amount) AS amount FROM held GROUP BY 1, 2
    ), earned AS (
        SELECT 'commission' AS kind, currency, -sum(amount) AS amount FROM held GROUP BY currency
    )
"""


_OF_NO_WALLET = (
    "t.id IN (SELECT tx_id FROM ledger.outside WHERE user_id IS NULL OR kind = 'chargeback')"
)


def _sides(tx: str, debit: str, credit: str) -> str:
    return f"""(SELECT jsonb_agg(jsonb_build_array({debit}, {credit}, amount) ORDER BY leg)
        FROM ledger.transfer WHERE tx_id = {tx})"""


_ACCOUNT = "CASE a.kind WHEN 'escrow' THEN 'order ' ELSE a.kind || ' of ' END || a.owner"


def _in_words(amount: str) -> str:
    """Return SQL for an amount that a document names, which may be none, or of any length."""
    return f"""CASE WHEN {amount} IS NULL THEN 'nothing that can be read'
        WHEN abs({amount}) > 9223372036854775807 THEN 'more than any account can hold'
        ELSE {amount}::text END"""


OF_BOOKS = {
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
    # What is taken out of the commission has no wallet, and so no part of a night; nor has what is
    # owed.
    "changed-commission-payout": f"""
    SELECT 'posting ' || key, 'is not what was written'
    FROM ({_legs(_OF_NO_WALLET)}) l
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
    FROM ledger.sums s FULL JOIN (TABLE summed UNION ALL TABLE earned) m USING (kind, currency)
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
    WHERE a.kind IN {FLOORED} AND b.account_id IS NULL
    """,
    "balance-without-floor": f"""
    SELECT {_ACCOUNT}, format('%s keeps a balance and has no floor', a.kind)
    FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.kind NOT IN {FLOORED}
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
    WHERE a.kind IN {FLOORED} AND e.balance_after IS DISTINCT FROM e.before + e.amount
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
    WHERE CASE WHEN o.state IN {FINAL} THEN b.balance IS DISTINCT FROM 0 OR NOT b.closed
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
                                       AND t.kind IN ('release', 'refund', 'split', 'reclaim')
    GROUP BY o.id, o.state HAVING count(t) <> (o.state IN {FINAL})::int
    """,
    "wrong-payout": """
    SELECT 'order ' || o.id, 'was paid out otherwise than its outcome says'
    FROM orders o
    JOIN LATERAL (
        SELECT coalesce(sum(x.amount) FILTER (
                   WHERE a.kind = 'wallet' AND a.owner = o.buyer_id), 0) AS refunded,
               coalesce(sum(x.amount) FILTER (
                   WHERE a.kind = 'wallet' AND a.owner = o.seller_id), 0) AS paid_to_seller,
               coalesce(sum(x.amount) FILTER (WHERE a.kind = 'commission'), 0) AS commission,
               sum(x.amount) FILTER (WHERE a.kind = 'world') AS charged_back
        FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account a ON a.id = x.credit_id
        WHERE t.order_id = o.id
          AND t.kind IN ('release', 'refund', 'split', 'reclaim')) paid ON true
    WHERE CASE jsonb_typeof(o.doc->'outcome') WHEN 'object' THEN
          jsonb_strip_nulls(jsonb_build_object(
              'refunded', paid.refunded, 'paid_to_seller', paid.paid_to_seller,
              'commission', paid.commission, 'charged_back', paid.charged_back))
       <> (o.doc->'outcome') - 'kind' - 'by' - 'cause' - 'counts_as'
          ELSE o.doc->>'outcome' IS NOT NULL END
    """,
}
