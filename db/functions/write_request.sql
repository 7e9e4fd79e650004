-- Writes a request down and stamps it by the database's clock, the one that deadlines are judged
-- by. The key lock makes an expiry that runs at this moment wait for it, or it for the expiry.
-- A caller of whom 50 wait at this order is refused (RQ001). The queue is short when its plan is made, and may
-- be long when it is used: hence never as a whole.
CREATE OR REPLACE FUNCTION write_request(
    p_order uuid, p_request text, p_action text, p_actor jsonb, p_fields jsonb, p_signal jsonb
) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    v_at      timestamptz;
    v_waiting bigint;
BEGIN
    PERFORM FROM orders WHERE id = p_order FOR KEY SHARE;
    SELECT count(*) INTO v_waiting FROM undecided
    WHERE order_id = p_order AND actor_id = p_actor->>'id';
    IF v_waiting >= 50 THEN
        RAISE EXCEPTION '% requests of one caller wait at order %', v_waiting, p_order
            USING ERRCODE = 'RQ001';
    END IF;
    v_at := moved(clock_timestamp());
    INSERT INTO requests (order_id, request_id, action, actor_id, actor_role, fields, signal,
                          received_at, next_signal)
    VALUES (p_order, p_request, p_action, p_actor->>'id', p_actor->>'role', p_fields, p_signal,
            v_at, clock_timestamp() + interval '5 seconds');
    RETURN v_at;
END $$;

REVOKE ALL ON FUNCTION write_request(uuid, text, text, jsonb, jsonb, jsonb)
    FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION write_request(uuid, text, text, jsonb, jsonb, jsonb) TO sequestre_app;
