-- Locks the wallets of these people in one currency, in the order in which postings lock: whoever posts to one of them
-- or asks for a payout is before this transaction or sees all of it. Who is null or has none is left out.
CREATE OR REPLACE FUNCTION lock_wallets(p_users text[], p_currency text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.owner = ANY (p_users) AND a.kind = 'wallet' AND a.currency = p_currency
    ORDER BY b.account_id FOR NO KEY UPDATE OF b;
END $$;

REVOKE ALL ON FUNCTION lock_wallets(text[], text) FROM PUBLIC, sequestre_app;
