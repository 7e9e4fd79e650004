-- Tells whoever waits for it how a request was decided, and what of the order's document is another now:
-- p_before is the order's row before the step, p_doc its document after it, null where nothing was done. So
-- who read the order just before need not read it again. What is too long for a notification is not told.
CREATE OR REPLACE FUNCTION announce(p_before orders, p_request text, p_doc jsonb, p_outcome jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_told text := jsonb_build_object(
        'order_id', p_before.id, 'request_id', p_request, 'outcome', p_outcome,
        'version', p_before.version, 'at', moved(clock_timestamp()),
        'messages', coalesce((SELECT c.messages FROM conversations c
                              WHERE c.order_id = p_before.id), 0),
        'changed', (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(p_doc)
                    WHERE value IS DISTINCT FROM p_before.doc->key))::text;
BEGIN
    IF octet_length(v_told) < 8000 THEN
        PERFORM pg_notify('sequestre_outcomes', v_told);
    END IF;
END $$;

REVOKE ALL ON FUNCTION announce(orders, text, jsonb, jsonb) FROM PUBLIC, sequestre_app;
