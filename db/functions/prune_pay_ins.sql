-- Removes up to p_most orders, with their briefs, that were to be placed with payments which failed or lapsed more than
-- p_keep ago, the first ended first, and gives how many they were. Whatever the caller asks for: none goes before 90
-- days. The payment stays; should its money come after all, that is in the wallet, and no order is placed.
CREATE OR REPLACE FUNCTION prune_pay_ins(p_keep interval, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now     timestamptz := moved(clock_timestamp());
    v_removed integer;
BEGIN
    UPDATE pay_ins SET wish = NULL WHERE id = ANY (ARRAY(
        SELECT id FROM pay_ins WHERE state IN ('failed', 'lapsed') AND wish IS NOT NULL
        AND ended_at < v_now - greatest(p_keep, interval '90 days')
        ORDER BY ended_at LIMIT greatest(least(p_most, 1000), 1) FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    RETURN v_removed;
END $$;

REVOKE ALL ON FUNCTION prune_pay_ins(interval, integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION prune_pay_ins(interval, integer) TO sequestre_app;
