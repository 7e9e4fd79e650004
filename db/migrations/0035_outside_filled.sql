-- What was there before 0025 is listed and summed. Nobody waits for it: each statement sees one instant, and
-- what comes meanwhile is listed and counted by the triggers.

ALTER TABLE ledger.tx VALIDATE CONSTRAINT tx_kind_check;
ALTER TABLE ledger.tx VALIDATE CONSTRAINT order_of_kind;

-- All that was moved, less what is counted by now: in one statement, so of one instant.
INSERT INTO ledger.total AS t (kind, currency, amount)
SELECT moved.kind, moved.currency, moved.amount - coalesce(counted.amount, 0)
FROM (SELECT a.kind, a.currency, sum(e.amount) AS amount
      FROM ledger.entry e JOIN ledger.account a ON a.id = e.account_id GROUP BY 1, 2) AS moved
LEFT JOIN ledger.sums counted ON counted.kind = moved.kind AND counted.currency = moved.currency
ON CONFLICT (kind, currency) DO UPDATE SET amount = t.amount + excluded.amount;

-- One key of a caller's may have been used for a top-up and, a month later, for a payout: the second gets an
-- id of its own.
INSERT INTO ledger.outside (tx_id, id, kind, user_id)
SELECT t.id, CASE WHEN row_number() OVER (PARTITION BY ledger.transfer_id(t.key) ORDER BY t.id) = 1
                       AND NOT EXISTS (SELECT FROM ledger.outside o
                                       WHERE o.id = ledger.transfer_id(t.key))
                  THEN ledger.transfer_id(t.key) ELSE md5(t.key)::uuid END,
       t.kind, a.owner
FROM ledger.tx t
JOIN ledger.transfer x ON x.tx_id = t.id AND x.leg = 1
JOIN LATERAL (SELECT owner FROM ledger.account
              WHERE id IN (x.debit_id, x.credit_id) AND kind = 'wallet'
              ORDER BY id = x.credit_id DESC LIMIT 1) a ON true
WHERE t.order_id IS NULL AND NOT EXISTS (SELECT FROM ledger.outside o WHERE o.tx_id = t.id);
