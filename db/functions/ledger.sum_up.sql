-- Sums the movements of a currency that are not summed yet. One at a time, so that what is taken out of
-- the commission is held against all that was taken before.
CREATE OR REPLACE FUNCTION ledger.sum_up(p_currency text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger.total (kind, currency, amount)
    SELECT kind, p_currency, 0
    FROM unnest(ARRAY['wallet', 'escrow', 'commission', 'world', 'payout_pending',
                      'receivable']) AS kind
    ON CONFLICT DO NOTHING;
    PERFORM FROM ledger.total WHERE kind = 'commission' AND currency = p_currency
    FOR NO KEY UPDATE;
    -- A statement of its own, so that it sees what was committed while the lock was waited for.
    WITH gone AS (
        DELETE FROM ledger.unsummed WHERE currency = p_currency
        RETURNING debit_kind, credit_kind, amount
    ), moved AS (
        SELECT kind, sum(amount) AS amount FROM (
            SELECT debit_kind AS kind, -amount AS amount FROM gone
            UNION ALL SELECT credit_kind, amount FROM gone) AS sides
        GROUP BY kind
    )
    UPDATE ledger.total t SET amount = t.amount + moved.amount FROM moved
    WHERE t.kind = moved.kind AND t.currency = p_currency;
END $$;

REVOKE ALL ON FUNCTION ledger.sum_up(text) FROM PUBLIC, sequestre_app;
