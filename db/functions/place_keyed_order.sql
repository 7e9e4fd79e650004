-- Places an order as place_order does, once for each key of a caller, and keeps the answer for it: in one
-- round trip and one transaction. Gives nothing; or, where the key was taken before, what it came with and
-- led to, and places nothing. Where another transaction holds the key, waits for that one's end. A service
-- that is not of this version, or is archived, is not ordered (PL001).
CREATE OR REPLACE FUNCTION place_keyed_order(
    p_caller text, p_key text, p_fingerprint bytea, p_answer jsonb, p_version integer, p jsonb,
    OUT fingerprint bytea, OUT order_id uuid, OUT request_id text, OUT answer jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- What is looked up by a key is planned once a session, and not over and over for each value.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_service uuid := (p->'doc'->>'service_id')::uuid;
BEGIN
    LOOP
        INSERT INTO idempotency_keys AS k (caller, key, fingerprint, answer)
        VALUES (p_caller, p_key, p_fingerprint, p_answer)
        ON CONFLICT (caller, key) DO UPDATE SET answer = excluded.answer
        WHERE k.answer IS NULL AND k.fingerprint = excluded.fingerprint;
        EXIT WHEN FOUND;
        -- A statement of its own, so that it sees what was committed while the insert waited.
        SELECT k.fingerprint, k.order_id, k.request_id, k.answer
        INTO fingerprint, order_id, request_id, answer
        FROM idempotency_keys k WHERE k.caller = p_caller AND k.key = p_key;
        IF FOUND THEN -- or else it expired between the two statements, and is free
            RETURN;
        END IF;
    END LOOP;
    -- Until the order is written nobody changes it; any number may order it at once.
    PERFORM FROM services WHERE id = v_service AND version = p_version AND archived_at IS NULL
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'service % is not on sale in version %', v_service, p_version
            USING ERRCODE = 'PL001';
    END IF;
    PERFORM place_order(p);
END $$;

REVOKE ALL ON FUNCTION place_keyed_order(text, text, bytea, jsonb, integer, jsonb)
    FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION place_keyed_order(text, text, bytea, jsonb, integer, jsonb) TO sequestre_app;
