-- Removes up to p_most tests of endpoints that were asked for more than p_keep ago and have ended, and
-- gives how many they were. Whatever the caller asks for: none goes before 90 days.
CREATE OR REPLACE FUNCTION prune_endpoint_tests(p_keep interval, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now     timestamptz := moved(clock_timestamp());
    v_removed integer;
BEGIN
    DELETE FROM endpoint_tests WHERE id = ANY (ARRAY(
        SELECT id FROM endpoint_tests WHERE status <> 'pending'
        AND created_at < v_now - greatest(p_keep, interval '90 days')
        ORDER BY created_at LIMIT greatest(least(p_most, 1000), 1) FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    RETURN v_removed;
END $$;

REVOKE ALL ON FUNCTION prune_endpoint_tests(interval, integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION prune_endpoint_tests(interval, integer) TO sequestre_app;
