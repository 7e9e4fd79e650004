-- Whoever has just written down an account says so: what its provider said of it before is for nobody any more. What
-- that was is not kept, so that an account which passes for ready is asked about at the next look.
CREATE OR REPLACE FUNCTION know_payout_account(p_provider text, p_reference text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM lock_payout_account(p_provider, p_reference);
    UPDATE provider_events SET outcome = 'nothing_new', decided_at = moved(clock_timestamp())
    WHERE provider = p_provider AND reference = p_reference AND kind = 'account_changed' AND outcome = 'theirs_only';
    IF FOUND THEN
        UPDATE payout_accounts SET state = 'pending'
        WHERE provider = p_provider AND reference = p_reference AND state = 'active';
    END IF;
END $$;

REVOKE ALL ON FUNCTION know_payout_account(text, text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION know_payout_account(text, text) TO sequestre_app;
