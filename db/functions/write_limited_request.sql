-- Writes a request down as write_request does, unless its sender has tried too much on this order:
-- p_most attempts at once, and as many again come back over an hour, one by one (0: without limit).
-- One attempt too many is refused (RQ002) and leaves nothing; the hint has the seconds to wait.
CREATE OR REPLACE FUNCTION write_limited_request(
    p_order uuid, p_request text, p_action text, p_actor jsonb, p_fields jsonb, p_signal jsonb,
    p_most integer
) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_each interval;
    v_full timestamptz;
    v_now  timestamptz;
BEGIN
    IF p_most > 0 THEN
        v_each := interval '1 hour' / p_most;
        v_now := moved(clock_timestamp());
        -- The row's lock makes those who try at once wait for each other: none is counted too late.
        INSERT INTO attempts AS a (order_id, user_id, full_at)
        VALUES (p_order, p_actor->>'id', v_now + v_each)
        ON CONFLICT (order_id, user_id) DO UPDATE
        SET full_at = greatest(a.full_at, v_now) + v_each
        RETURNING full_at INTO v_full;
        -- Read anew: whoever waited for the lock may have read it before those who went first.
        v_now := moved(clock_timestamp());
        IF v_full > v_now + interval '1 hour' THEN
            RAISE EXCEPTION 'too many attempts of one caller at order %', p_order
                USING ERRCODE = 'RQ002',
                      HINT = greatest(ceil(extract(epoch FROM v_full - v_now) - 3600), 1);
        END IF;
    END IF;
    RETURN write_request(p_order, p_request, p_action, p_actor, p_fields, p_signal);
END $$;

REVOKE ALL ON FUNCTION write_limited_request(uuid, text, text, jsonb, jsonb, jsonb, integer)
    FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION write_limited_request(uuid, text, text, jsonb, jsonb, jsonb, integer)
    TO sequestre_app;
