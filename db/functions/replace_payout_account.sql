-- Puts another account in the place of one that is gone at the provider (p_gone), unless that was done: payouts that
-- were asked for keep the account that they were asked for to.
-- p: provider, user_id, reference, state, asked, at.
CREATE OR REPLACE FUNCTION replace_payout_account(p_gone text, p jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE payout_accounts
    SET reference = p->>'reference', state = p->>'state', said_at = (p->>'at')::timestamptz,
        asked = ARRAY(SELECT jsonb_array_elements_text(p->'asked'))
    WHERE provider = p->>'provider' AND user_id = p->>'user_id' AND reference = p_gone
$$;

REVOKE ALL ON FUNCTION replace_payout_account(text, jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION replace_payout_account(text, jsonb) TO sequestre_app;
