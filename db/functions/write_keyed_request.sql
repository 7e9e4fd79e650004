-- Writes a request down as write_limited_request does, once for each key of a caller: in one round trip
-- and one transaction. Gives the instant that counts; or, where the key was taken before, what it came with
-- and led to, and writes nothing. Where another transaction holds the key, waits for that one's end.
CREATE OR REPLACE FUNCTION write_keyed_request(
    p_caller text, p_key text, p_fingerprint bytea, p_order uuid, p_request text, p_action text,
    p_actor jsonb, p_fields jsonb, p_signal jsonb, p_most integer,
    OUT received_at timestamptz, OUT fingerprint bytea, OUT order_id uuid, OUT request_id text,
    OUT answer jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- What is looked up by a key is planned once a session, and not over and over for each value.
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    LOOP
        INSERT INTO idempotency_keys AS k (caller, key, fingerprint, order_id, request_id)
        VALUES (p_caller, p_key, p_fingerprint, p_order, p_request) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            received_at := write_limited_request(p_order, p_request, p_action, p_actor, p_fields,
                                                 p_signal, p_most);
            RETURN;
        END IF;
        -- A statement of its own, so that it sees what was committed while the insert waited.
        SELECT k.fingerprint, k.order_id, k.request_id, k.answer
        INTO fingerprint, order_id, request_id, answer
        FROM idempotency_keys k WHERE k.caller = p_caller AND k.key = p_key;
        IF FOUND THEN -- or else it expired between the two statements, and is free
            RETURN;
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION write_keyed_request(text, text, bytea, uuid, text, text, jsonb, jsonb, jsonb,
    integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION write_keyed_request(text, text, bytea, uuid, text, text, jsonb, jsonb, jsonb,
    integer) TO sequestre_app;
