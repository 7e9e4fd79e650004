-- Has whoever writes an account down, and whoever writes down what its provider says of it, wait for each other.
CREATE OR REPLACE FUNCTION lock_payout_account(p_provider text, p_reference text) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(format('account %s of %s', p_reference, p_provider), 0))
$$;

REVOKE ALL ON FUNCTION lock_payout_account(text, text) FROM PUBLIC, sequestre_app;
