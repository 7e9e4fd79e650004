-- One round trip a step: the order's row, its journal, its postings, its notices and the outcome
-- of the request change together or not at all. No rule of the process stands here; the two
-- barriers that do (version, requests received before a deadline) need the row's lock.
--
-- p: order_id, expected_version, generation, request_id?, deadline_at? (for what silence does),
--    doc?, postings, event, if_short (the refusal for a wallet that holds too little), request?
-- Gives {status, doc, outcome?, wait?, requests?, generation?, call?} with status
--   recorded    the step, or the refusal, is written
--   decided     this request was decided before: outcome says how
--   newer       this request was made in a `generation` that the worker does not know
--   superseded  the order has moved on: decide again from doc
--   too_early   the deadline is `wait` seconds away by this clock
--   deferred    `requests` were received in time and come first
CREATE OR REPLACE FUNCTION record_step(p jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- What is looked up by a key is planned once a session, and not over and over for each value.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_id      uuid := (p->>'order_id')::uuid;
    v_until   timestamptz := (p->>'deadline_at')::timestamptz;
    v_event   jsonb := p->'event';
    v_doc     jsonb := nullif(p->'doc', 'null');
    v_order   orders;
    v_request jsonb;
    v_asked_in integer;
    v_cause   jsonb;
    v_first   jsonb;
    v_seq     integer;
    v_outcome jsonb;
    v_broken  text;
    v_said    jsonb;
    v_kept    jsonb;
    v_beyond  integer;
BEGIN
    IF v_until IS NULL THEN
        SELECT * INTO STRICT v_order FROM orders WHERE id = v_id FOR NO KEY UPDATE;
    ELSE -- waits for requests being written at this moment: they lock the row's key
        SELECT * INTO STRICT v_order FROM orders WHERE id = v_id FOR UPDATE;
    END IF;

    IF p->>'request_id' IS NOT NULL THEN
        SELECT outcome, (signal->>'generation')::integer, signal->'cause'
        INTO v_request, v_asked_in, v_cause FROM requests
        WHERE order_id = v_id AND request_id = p->>'request_id';
        IF v_request IS NOT NULL THEN
            RETURN jsonb_build_object('status', 'decided', 'doc', v_order.doc,
                                      'outcome', v_request);
        END IF;
        IF v_asked_in > coalesce((p->>'generation')::integer, 0) THEN
            RETURN jsonb_build_object('status', 'newer', 'doc', v_order.doc,
                                      'generation', v_asked_in);
        END IF;
    END IF;
    IF v_order.version <> (p->>'expected_version')::integer THEN
        RETURN jsonb_build_object('status', 'superseded', 'doc', v_order.doc);
    END IF;

    IF v_until IS NOT NULL THEN
        IF moved(clock_timestamp()) <= v_until THEN
            RETURN jsonb_build_object('status', 'too_early', 'doc', v_order.doc, 'wait',
                                      extract(epoch FROM v_until - moved(clock_timestamp())));
        END IF;
        SELECT jsonb_agg(signal || jsonb_build_object('action', action,
                                                      'request_id', request_id,
                                                      'received_at', received_at)
                         ORDER BY received_at, request_id)
        INTO v_first FROM undecided JOIN requests USING (order_id, request_id)
        WHERE order_id = v_id AND outcome IS NULL AND received_at <= v_until;
        IF v_first IS NOT NULL THEN
            RETURN jsonb_build_object('status', 'deferred', 'doc', v_order.doc,
                                      'requests', v_first);
        END IF;
        -- While the clock is moved, each deadline acts at its own instant, just after it.
        PERFORM set_config('sequestre.instant',
                           (v_until + interval '1 microsecond')::text, true)
        FROM test_clock WHERE stands_at IS NOT NULL;
    END IF;

    IF (v_doc IS NOT NULL) IS DISTINCT FROM (v_event->>'accepted')::boolean
       OR (v_doc->>'version')::integer <> v_order.version + 1 THEN
        RAISE EXCEPTION 'what is said of order % is not one step of it, nor a refusal', v_id
            USING ERRCODE = 'LG007';
    END IF;
    v_beyond := numbers_beyond(v_order.created_at);
    IF v_order.version < v_beyond THEN -- whoever decided it goes on from what is answered
        v_doc := jsonb_set(v_doc, '{version}', to_jsonb(v_beyond + 1));
    END IF;
    PERFORM demand_same_order(v_order, v_doc, p->'postings');
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

    -- The call that the request came with, and where its trace has come to.
    v_event := v_event || jsonb_build_object('cause', nullif(
        coalesce(v_cause, '{}') || coalesce(nullif(v_event->'cause', 'null'), '{}'), '{}'));
    v_seq := write_event(v_id, CASE WHEN v_doc IS NULL THEN v_event
                               ELSE v_event || jsonb_build_object('doc', v_doc) END);
    v_outcome := jsonb_build_object('seq', v_seq, 'accepted', v_event->'accepted',
                                    'code', v_event->'code', 'detail', v_event->'reason');
    IF v_event->>'field' IS NOT NULL THEN -- only then: processes of before know of no such key
        v_outcome := v_outcome || jsonb_build_object('field', v_event->'field');
    END IF;
    IF p->>'request_id' IS NOT NULL THEN
        IF NOT (v_event->>'accepted')::boolean THEN -- what came of nothing is not kept at length
            v_said := coalesce((SELECT fields FROM requests
                                WHERE order_id = v_id AND request_id = p->>'request_id'),
                               p->'fields');
            v_kept := shortened(v_said, 2000);
            IF v_kept <> v_said THEN
                v_outcome := v_outcome || '{"shortened": true}';
            END IF;
        END IF;
        INSERT INTO requests (order_id, request_id, action, actor_id, actor_role, fields, signal,
                              received_at, outcome)
        VALUES (v_id, p->>'request_id', v_event->>'action', v_event->'actor'->>'id',
                v_event->'actor'->>'role', coalesce(v_kept, p->'fields'), '{}',
                coalesce((v_event->>'received_at')::timestamptz,
                         moved(clock_timestamp())), v_outcome)
        ON CONFLICT (order_id, request_id) DO UPDATE
        SET outcome = excluded.outcome, fields = coalesce(v_kept, requests.fields);
        -- Before those who wait are woken, so that they have it by then.
        PERFORM announce(v_order, p->>'request_id', v_doc, v_outcome);
    END IF;
    PERFORM pg_notify('sequestre_events', v_id || ' ' || coalesce(p->>'request_id', ''));
    RETURN jsonb_build_object('status', 'recorded', 'doc', coalesce(v_doc, v_order.doc),
                              'outcome', v_outcome, 'call', v_cause->>'call');
END $$;

REVOKE ALL ON FUNCTION record_step(jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION record_step(jsonb) TO sequestre_app;
