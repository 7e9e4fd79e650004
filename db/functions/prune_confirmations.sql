-- Removes up to p_most confirmations of addresses that were asked for thirty days ago, and gives how
-- many they were: their links have ended, and they count for nothing any more.
CREATE OR REPLACE FUNCTION prune_confirmations(p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now     timestamptz := moved(clock_timestamp());
    v_removed integer;
BEGIN
    DELETE FROM confirmations WHERE id = ANY (ARRAY(
        SELECT id FROM confirmations WHERE asked_at < v_now - interval '30 days'
        ORDER BY asked_at LIMIT greatest(least(p_most, 1000), 1) FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    RETURN v_removed;
END $$;

REVOKE ALL ON FUNCTION prune_confirmations(integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION prune_confirmations(integer) TO sequestre_app;
