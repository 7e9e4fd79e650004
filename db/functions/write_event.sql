-- The next entry of an order's journal, with the notices and deliveries that tell of it. Gives its
-- number. Where p has a `doc` the order's row goes on to it in the same UPDATE: one a step.
CREATE OR REPLACE FUNCTION write_event(p_order uuid, p jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_seq     integer;
    v_state   text;
    v_version integer;
    v_doc     jsonb := p->'doc';
BEGIN
    IF v_doc IS NULL THEN
        UPDATE orders SET events = events + 1 WHERE id = p_order
        RETURNING events, state, version, doc INTO v_seq, v_state, v_version, v_doc;
    ELSE
        UPDATE orders SET events = events + 1, doc = v_doc, state = v_doc->>'state',
               version = (v_doc->>'version')::integer,
               deadline_at = (v_doc->'deadline'->>'at')::timestamptz,
               updated_at = moved(clock_timestamp())
        WHERE id = p_order RETURNING events, state, version INTO v_seq, v_state, v_version;
    END IF;
    INSERT INTO events (order_id, seq, at, received_at, actor, action, event, accepted, code,
                        reason, state, version, request_id, doc)
    VALUES (p_order, v_seq, moved(clock_timestamp()), (p->>'received_at')::timestamptz,
            nullif(p->'actor', 'null'), p->>'action', p->>'event', (p->>'accepted')::boolean,
            p->>'code', p->>'reason', v_state, v_version, p->>'request_id',
            CASE WHEN (p->>'accepted')::boolean THEN v_doc END);
    IF NOT (p->>'accepted')::boolean THEN
        RETURN v_seq;
    END IF;
    INSERT INTO notices (order_id, seq, role, user_id, event)
    SELECT p_order, v_seq, notice->>'role', notice->>'user_id', p->>'event'
    FROM jsonb_array_elements(p->'notices') AS notice;
    -- A notice for a whole role goes to those who showed the role within a day (`ROLES_LAPSE` in
    -- db/people.py) and are no party to the order.
    INSERT INTO deliveries (order_id, seq, channel, notice_id, user_id)
    SELECT p_order, v_seq, 'email', n.id, person.user_id
    FROM notices n
    JOIN people person ON person.user_id = n.user_id
                       OR (n.user_id IS NULL AND person.roles @> ARRAY[n.role]
                           AND person.roles_at > clock_timestamp() - interval '1 day')
    WHERE n.order_id = p_order AND n.seq = v_seq
      AND person.by_email AND EXISTS (SELECT FROM confirmed_addresses c
                                      WHERE c.user_id = person.user_id AND c.email = person.email)
      AND (n.user_id IS NOT NULL OR person.user_id NOT IN (v_doc->>'buyer_id', v_doc->>'seller_id'))
    ON CONFLICT DO NOTHING;
    INSERT INTO deliveries (order_id, seq, channel, endpoint_id)
    SELECT p_order, v_seq, 'webhook', id FROM webhook_endpoints
    WHERE disabled_at IS NULL AND (events IS NULL OR p->>'event' = ANY (events));
    RETURN v_seq;
END $$;

REVOKE ALL ON FUNCTION write_event(uuid, jsonb) FROM PUBLIC, sequestre_app;
