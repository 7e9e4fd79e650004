-- Removes up to p_most counts of attempts that bound nobody any more, and gives how many they were.
CREATE OR REPLACE FUNCTION prune_attempts(p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now     timestamptz := moved(clock_timestamp());
    v_removed integer;
BEGIN
    DELETE FROM attempts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM attempts WHERE full_at < v_now
        LIMIT greatest(least(p_most, 1000), 1) FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    RETURN v_removed;
END $$;

REVOKE ALL ON FUNCTION prune_attempts(integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION prune_attempts(integer) TO sequestre_app;
