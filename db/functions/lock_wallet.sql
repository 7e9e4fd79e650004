-- Locks somebody's wallet in one currency until the transaction ends, for who asks for a payout of it and first looks at
-- what else has left it: who asks for another one meanwhile waits, and sees this one.
CREATE OR REPLACE FUNCTION lock_wallet(p_user text, p_currency text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM lock_wallets(ARRAY[p_user], p_currency);
END $$;

REVOKE ALL ON FUNCTION lock_wallet(text, text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION lock_wallet(text, text) TO sequestre_app;
