-- Writes down what a caller asks of an order that was just read (p_version, p_doc), as write_keyed_request
-- does, or without a key as write_limited_request; the caller being its buyer or its seller, as the document
-- says. Gives in which role they ask. Gives nothing and writes nothing where they are neither, or where the
-- document is not the one that the order's journal has: whether it can be read has to be seen first.
CREATE OR REPLACE FUNCTION write_partys_request(
    p_order uuid, p_version integer, p_doc jsonb, p_caller text, p_key text, p_fingerprint bytea,
    p_request text, p_action text, p_fields jsonb, p_signal jsonb, p_most integer,
    OUT role text, OUT received_at timestamptz, OUT fingerprint bytea, OUT order_id uuid,
    OUT request_id text, OUT answer jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- What is looked up by a key is planned once a session, and not over and over for each value.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_role   text := CASE p_caller WHEN p_doc->>'buyer_id' THEN 'buyer'
                                   WHEN p_doc->>'seller_id' THEN 'seller' END;
    v_actor  jsonb := jsonb_build_object('id', p_caller, 'role', v_role);
    v_signal jsonb := p_signal || jsonb_build_object('actor', v_actor);
BEGIN
    IF v_role IS NULL OR NOT EXISTS (
        SELECT FROM events e WHERE e.order_id = p_order AND e.version = p_version AND e.accepted
                               AND e.doc = p_doc
    ) THEN
        RETURN;
    END IF;
    role := v_role;
    IF p_key IS NULL THEN
        received_at := write_limited_request(p_order, p_request, p_action, v_actor, p_fields,
                                             v_signal, p_most);
        RETURN;
    END IF;
    SELECT w.received_at, w.fingerprint, w.order_id, w.request_id, w.answer
    INTO received_at, fingerprint, order_id, request_id, answer
    FROM write_keyed_request(p_caller, p_key, p_fingerprint, p_order, p_request, p_action, v_actor,
                             p_fields, v_signal, p_most) w;
END $$;

REVOKE ALL ON FUNCTION write_partys_request(uuid, integer, jsonb, text, text, bytea, text, text, jsonb,
    jsonb, integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION write_partys_request(uuid, integer, jsonb, text, text, bytea, text, text, jsonb,
    jsonb, integer) TO sequestre_app;
