-- Lets a payout go that waits for a second person, who is not its owner; gives whether it waited.
CREATE OR REPLACE FUNCTION approve_payout(p_id uuid, p_by text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE payouts SET state = 'pending', approved_by = p_by, told_at = NULL
    WHERE id = p_id AND state = 'requested';
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION approve_payout(uuid, text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION approve_payout(uuid, text) TO sequestre_app;
