-- One round trip a step: the order's row, its journal, its postings, its notices and the outcome
-- of the request change together or not at all. No rule of the process stands here; the two
-- barriers that do (version, requests received before a deadline) need the row's lock.

CREATE FUNCTION write_event(p_order uuid, p jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_seq     integer;
    v_state   text;
    v_version integer;
    v_doc     jsonb;
BEGIN
    UPDATE orders SET events = events + 1 WHERE id = p_order
    RETURNING events, state, version, doc INTO v_seq, v_state, v_version, v_doc;
    INSERT INTO events (order_id, seq, at, received_at, actor, action, event, accepted, code,
                        reason, state, version, request_id, doc)
    VALUES (p_order, v_seq, clock_timestamp(), (p->>'received_at')::timestamptz,
            nullif(p->'actor', 'null'), p->>'action', p->>'event', (p->>'accepted')::boolean,
            p->>'code', p->>'reason', v_state, v_version, p->>'request_id',
            CASE WHEN (p->>'accepted')::boolean THEN v_doc END);
    IF NOT (p->>'accepted')::boolean THEN
        RETURN v_seq;
    END IF;
    INSERT INTO notices (order_id, seq, role, user_id, event)
    SELECT p_order, v_seq, notice->>'role', notice->>'user_id', p->>'event'
    FROM jsonb_array_elements(p->'notices') AS notice;
    -- A notice for a whole role goes to those of the role who are no party to the order.
    INSERT INTO deliveries (order_id, seq, channel, notice_id, user_id)
    SELECT p_order, v_seq, 'email', n.id, person.user_id
    FROM notices n
    JOIN people person ON person.user_id = n.user_id
                       OR (n.user_id IS NULL AND person.roles @> ARRAY[n.role])
    WHERE n.order_id = p_order AND n.seq = v_seq
      AND person.email IS NOT NULL AND person.by_email
      AND (n.user_id IS NOT NULL OR person.user_id NOT IN (v_doc->>'buyer_id', v_doc->>'seller_id'))
    ON CONFLICT DO NOTHING;
    INSERT INTO deliveries (order_id, seq, channel, endpoint_id)
    SELECT p_order, v_seq, 'webhook', id FROM webhook_endpoints
    WHERE disabled_at IS NULL AND (events IS NULL OR p->>'event' = ANY (events));
    RETURN v_seq;
END $$;

-- An order's postings. Whatever the caller says, its money comes from its buyer, is held in its own
-- escrow, and goes to its own people and the commission.
CREATE FUNCTION post_all(p_order uuid, p_currency text, p_postings jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM orders o, jsonb_array_elements(p_postings) AS p,
                    jsonb_array_elements(p->'legs') AS leg
        WHERE o.id = p_order AND NOT CASE p->>'kind'
            WHEN 'hold' THEN
                leg->'debit' = jsonb_build_object('kind', 'wallet', 'owner', o.buyer_id)
                AND leg->'credit' = jsonb_build_object('kind', 'escrow', 'owner', p_order)
            ELSE
                leg->'debit' = jsonb_build_object('kind', 'escrow', 'owner', p_order)
                AND leg->'credit' IN (
                    jsonb_build_object('kind', 'wallet', 'owner', o.buyer_id),
                    jsonb_build_object('kind', 'wallet', 'owner', o.seller_id),
                    jsonb_build_object('kind', 'commission', 'owner', 'platform'))
            END
    ) THEN
        RAISE EXCEPTION 'a posting of order % names accounts of others', p_order
            USING ERRCODE = 'LG006';
    END IF;
    PERFORM ledger.post(p->>'key', p->>'kind', p_order, p_currency, p->'legs',
                        p->>'kind' IN ('release', 'refund', 'split'))
    FROM jsonb_array_elements(p_postings) AS p;
END $$;

-- A new order with its money. Too little in the wallet raises no_overdraft and leaves nothing.
CREATE FUNCTION place_order(p jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    d jsonb := p->'doc';
    v_id uuid := (d->>'id')::uuid;
BEGIN
    INSERT INTO orders (id, buyer_id, seller_id, service_id, title, brief, titles, state,
                        deadline_at, version, doc)
    VALUES (v_id, d->>'buyer_id', d->>'seller_id', (d->>'service_id')::uuid, p->>'title',
            p->>'brief', p->'titles', d->>'state', (d->'deadline'->>'at')::timestamptz,
            (d->>'version')::integer, d);
    PERFORM post_all(v_id, d->>'currency', p->'postings');
    PERFORM write_event(v_id, p->'event');
END $$;

-- p: order_id, expected_version, request_id?, deadline_at? (for what silence does), doc?,
--    postings, event, if_short (the refusal for a wallet that holds too little), request?
-- Gives {status, doc, outcome?, wait?, requests?} with status
--   recorded    the step, or the refusal, is written
--   decided     this request was decided before: outcome says how
--   superseded  the order has moved on: decide again from doc
--   too_early   the deadline is `wait` seconds away by this clock
--   deferred    `requests` were received in time and come first
CREATE FUNCTION record_step(p jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id      uuid := (p->>'order_id')::uuid;
    v_until   timestamptz := (p->>'deadline_at')::timestamptz;
    v_event   jsonb := p->'event';
    v_doc     jsonb := nullif(p->'doc', 'null');
    v_order   orders;
    v_request jsonb;
    v_first   jsonb;
    v_seq     integer;
    v_broken  text;
BEGIN
    IF v_until IS NULL THEN
        SELECT * INTO STRICT v_order FROM orders WHERE id = v_id FOR NO KEY UPDATE;
    ELSE -- waits for requests being written at this moment: they lock the row's key
        SELECT * INTO STRICT v_order FROM orders WHERE id = v_id FOR UPDATE;
    END IF;

    IF p->>'request_id' IS NOT NULL THEN
        SELECT outcome INTO v_request FROM requests
        WHERE order_id = v_id AND request_id = p->>'request_id' AND outcome IS NOT NULL;
        IF v_request IS NOT NULL THEN
            RETURN jsonb_build_object('status', 'decided', 'doc', v_order.doc,
                                      'outcome', v_request);
        END IF;
    END IF;
    IF v_order.version <> (p->>'expected_version')::integer THEN
        RETURN jsonb_build_object('status', 'superseded', 'doc', v_order.doc);
    END IF;

    IF v_until IS NOT NULL THEN
        IF clock_timestamp() <= v_until THEN
            RETURN jsonb_build_object('status', 'too_early', 'doc', v_order.doc, 'wait',
                                      extract(epoch FROM v_until - clock_timestamp()));
        END IF;
        SELECT jsonb_agg(signal || jsonb_build_object('action', action,
                                                      'request_id', request_id,
                                                      'received_at', received_at)
                         ORDER BY received_at, request_id)
        INTO v_first FROM requests
        WHERE order_id = v_id AND outcome IS NULL AND received_at <= v_until;
        IF v_first IS NOT NULL THEN
            RETURN jsonb_build_object('status', 'deferred', 'doc', v_order.doc,
                                      'requests', v_first);
        END IF;
    END IF;

    BEGIN
        PERFORM post_all(v_id, v_order.doc->>'currency', p->'postings');
    EXCEPTION WHEN check_violation THEN
        GET STACKED DIAGNOSTICS v_broken = CONSTRAINT_NAME;
        IF v_broken <> 'no_overdraft' OR nullif(p->'if_short', 'null') IS NULL THEN
            RAISE;
        END IF;
        v_doc := NULL;
        v_event := v_event || (p->'if_short');
    END;

    IF v_doc IS NOT NULL THEN
        UPDATE orders SET doc = v_doc, state = v_doc->>'state',
               version = (v_doc->>'version')::integer,
               deadline_at = (v_doc->'deadline'->>'at')::timestamptz,
               updated_at = clock_timestamp()
        WHERE id = v_id;
    END IF;
    v_seq := write_event(v_id, v_event);
    IF p->>'request_id' IS NOT NULL THEN
        INSERT INTO requests (order_id, request_id, action, actor_id, actor_role, fields, signal,
                              received_at, outcome)
        VALUES (v_id, p->>'request_id', v_event->>'action', v_event->'actor'->>'id',
                v_event->'actor'->>'role', p->'fields', '{}',
                coalesce((v_event->>'received_at')::timestamptz, clock_timestamp()),
                jsonb_build_object('seq', v_seq, 'accepted', v_event->'accepted',
                                   'code', v_event->'code', 'detail', v_event->'reason'))
        ON CONFLICT (order_id, request_id) DO UPDATE SET outcome = excluded.outcome;
    END IF;
    PERFORM pg_notify('sequestre_events', v_id || ' ' || coalesce(p->>'request_id', ''));
    RETURN jsonb_build_object('status', 'recorded', 'doc', coalesce(v_doc, v_order.doc),
        'outcome', jsonb_build_object('seq', v_seq, 'accepted', v_event->'accepted',
                                      'code', v_event->'code', 'detail', v_event->'reason'));
END $$;

-- Writes a request down and stamps it by the database's clock, the one that deadlines are judged
-- by. The key lock makes an expiry that runs at this moment wait for it, or it for the expiry.
CREATE FUNCTION write_request(
    p_order uuid, p_request text, p_action text, p_actor jsonb, p_fields jsonb, p_signal jsonb
) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_at timestamptz;
BEGIN
    PERFORM FROM orders WHERE id = p_order FOR KEY SHARE;
    v_at := clock_timestamp();
    INSERT INTO requests (order_id, request_id, action, actor_id, actor_role, fields, signal,
                          received_at, next_signal)
    VALUES (p_order, p_request, p_action, p_actor->>'id', p_actor->>'role', p_fields, p_signal,
            v_at, v_at + interval '5 seconds');
    RETURN v_at;
END $$;
