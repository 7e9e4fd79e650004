-- The next entry of an order's journal, with the notices and deliveries that tell of it. Gives its
-- number. Where p has a `doc` the order's row goes on to it in the same UPDATE: one a step. What an operator
-- has signalled by hand is noted in the journal of those who operate, too.
CREATE OR REPLACE FUNCTION write_event(p_order uuid, p jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_seq     integer;
    v_state   text;
    v_version integer;
    v_doc     jsonb := p->'doc';
    v_since   timestamptz;
    v_beyond  integer;
BEGIN
    IF v_doc IS NULL THEN
        UPDATE orders SET events = events + 1 WHERE id = p_order
        RETURNING events, created_at, state, version, doc
        INTO v_seq, v_since, v_state, v_version, v_doc;
    ELSE
        UPDATE orders SET events = events + 1, doc = v_doc, state = v_doc->>'state',
               version = (v_doc->>'version')::integer,
               deadline_at = (v_doc->'deadline'->>'at')::timestamptz,
               updated_at = moved(clock_timestamp())
        WHERE id = p_order
        RETURNING events, created_at, state, version INTO v_seq, v_since, v_state, v_version;
    END IF;
    v_beyond := numbers_beyond(v_since);
    IF v_beyond > 0 THEN -- or else the number is the count
        SELECT greatest(max(seq), v_beyond) + 1 INTO v_seq FROM events WHERE order_id = p_order;
    END IF;
    INSERT INTO events (order_id, seq, at, received_at, actor, action, event, accepted, code,
                        reason, state, version, request_id, doc)
    VALUES (p_order, v_seq, moved(clock_timestamp()), (p->>'received_at')::timestamptz,
            nullif(p->'actor', 'null'), p->>'action', p->>'event', (p->>'accepted')::boolean,
            p->>'code', p->>'reason', v_state, v_version, p->>'request_id',
            CASE WHEN (p->>'accepted')::boolean THEN v_doc END);
    IF p->'actor'->>'role' = 'operator' THEN -- what came through the API was noted when it was asked
        INSERT INTO operator_journal (by_id, roles, deed, subject, subject_id, request_id)
        VALUES (p->'actor'->>'id', '{}', p->>'action', 'order', p_order::text, p->>'request_id')
        ON CONFLICT DO NOTHING;
    END IF;
    IF NOT (p->>'accepted')::boolean THEN
        RETURN v_seq;
    END IF;
    PERFORM set_config('sequestre.cause', coalesce(p->>'cause', ''), true);
    PERFORM tell(p_order, v_seq, p->>'event', p->'notices',
                 ARRAY[v_doc->>'buyer_id', v_doc->>'seller_id']);
    RETURN v_seq;
END $$;

REVOKE ALL ON FUNCTION write_event(uuid, jsonb) FROM PUBLIC, sequestre_app;
