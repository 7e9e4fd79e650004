-- Takes a payout back that the provider was not asked for yet, its money into the wallet; gives whether it could.
-- Its owner takes back what is not under way (p_reason is null); another refuses, with a reason, what waits for them.
CREATE OR REPLACE FUNCTION cancel_payout(p_id uuid, p_by text, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_one payouts;
BEGIN
    -- Who hands it to the provider at this moment writes so into the row first, and one of the two waits here.
    SELECT * INTO v_one FROM payouts WHERE id = p_id FOR NO KEY UPDATE;
    IF v_one.state = 'requested'
       OR (v_one.state = 'pending' AND v_one.called_at IS NULL AND p_by = v_one.user_id) THEN
        PERFORM bring_payout_back(v_one, 'cancelled', p_reason, p_by);
        UPDATE payouts SET told_at = NULL WHERE id = p_id;
        RETURN true;
    END IF;
    RETURN false;
END $$;

REVOKE ALL ON FUNCTION cancel_payout(uuid, text, text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION cancel_payout(uuid, text, text) TO sequestre_app;
