-- Removes up to p_most idempotency keys that have expired, the oldest first, and gives how many they
-- were. Whatever the caller asks for, a key stays for 30 days, and for as long as its request has not
-- been decided: a repetition would be a second one.
CREATE OR REPLACE FUNCTION prune_idempotency_keys(p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now     timestamptz := moved(clock_timestamp());
    v_removed integer;
BEGIN
    WITH expired AS (
        SELECT k.caller, k.key FROM idempotency_keys k
        WHERE k.created_at < v_now - interval '30 days' AND NOT EXISTS (
            SELECT FROM requests r WHERE r.order_id = k.order_id AND r.request_id = k.request_id
            AND r.outcome IS NULL)
        ORDER BY k.created_at LIMIT greatest(least(p_most, 1000), 1) FOR UPDATE SKIP LOCKED
    )
    DELETE FROM idempotency_keys k USING expired e WHERE k.caller = e.caller AND k.key = e.key;
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    RETURN v_removed;
END $$;

REVOKE ALL ON FUNCTION prune_idempotency_keys(integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION prune_idempotency_keys(integer) TO sequestre_app;
