-- Writes a message on an order, and who is told of it. p: order_id, version (of the order on which was
-- judged that it may be written), until? (the last instant for it), author {id, role}, text, links,
-- notices, cause?, most (so many messages of one person at once, as many again over an hour; 0: no limit).
-- Gives status `written` with its number and instant, `superseded` (the order has moved on: judge again) or
-- `too_late`. One message too many is refused (RQ002) and leaves nothing; the hint has the seconds to wait.
CREATE OR REPLACE FUNCTION write_message(
    p jsonb, OUT status text, OUT number integer, OUT at timestamptz, OUT after_seq integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id    uuid := (p->>'order_id')::uuid;
    v_most  integer := (p->>'most')::integer;
    v_links text[] := ARRAY(SELECT jsonb_array_elements_text(p->'links'));
    v_order record;
    v_each  interval;
    v_full  timestamptz;
    v_step  integer;
    v_beyond integer;
BEGIN
    INSERT INTO conversations (order_id) VALUES (v_id) ON CONFLICT DO NOTHING;
    -- Those who write at once wait here for each other and hold the order one by one, so that its own
    -- steps have their turn between them.
    PERFORM FROM conversations WHERE order_id = v_id FOR NO KEY UPDATE;
    -- No step is written meanwhile: what the message came after in the journal stays so.
    SELECT o.version, o.created_at, o.buyer_id, o.seller_id INTO STRICT v_order
    FROM orders o WHERE o.id = v_id FOR SHARE;
    IF v_order.version <> (p->>'version')::integer THEN
        status := 'superseded';
        RETURN;
    END IF;
    at := moved(clock_timestamp());
    IF at > (p->>'until')::timestamptz THEN
        status := 'too_late';
        RETURN;
    END IF;

    v_each := interval '1 hour' / nullif(v_most, 0);
    INSERT INTO conversation_members AS m (order_id, user_id, own_beyond, full_at)
    VALUES (v_id, p->'author'->>'id', 1, at + v_each)
    ON CONFLICT (order_id, user_id) DO UPDATE
    SET own_beyond = m.own_beyond + 1,
        full_at = greatest(m.full_at, excluded.full_at - v_each) + v_each
    RETURNING full_at INTO v_full;
    IF v_full > at + interval '1 hour' THEN
        RAISE EXCEPTION 'too many messages of one person on order %', v_id
            USING ERRCODE = 'RQ002',
                  HINT = greatest(ceil(extract(epoch FROM v_full - at) - 3600), 1);
    END IF;

    UPDATE conversations c SET messages = c.messages + 1 WHERE c.order_id = v_id
    RETURNING c.messages INTO number;
    v_beyond := numbers_beyond(v_order.created_at);
    IF v_beyond > 0 THEN -- or else the number is the count
        SELECT greatest(max(m.number), v_beyond) + 1 INTO number FROM messages m WHERE m.order_id = v_id;
    END IF;
    SELECT max(e.seq) INTO after_seq FROM events e WHERE e.order_id = v_id;
    SELECT e.seq INTO v_step FROM events e
    WHERE e.order_id = v_id AND e.accepted AND e.version = v_order.version;
    INSERT INTO messages (order_id, number, at, author_id, author_role, text, links, weight, after_seq,
                          step)
    VALUES (v_id, number, at, p->'author'->>'id', p->'author'->>'role', p->>'text', v_links,
            octet_length((p->'text')::text) + octet_length((p->'links')::text), after_seq, v_step);
    PERFORM set_config('sequestre.cause', coalesce(p->>'cause', ''), true);
    PERFORM tell(v_id, -number, 'order.message', p->'notices',
                 ARRAY[v_order.buyer_id, v_order.seller_id]);
    PERFORM append_to_feed('message', v_id, number, 'order.message');
    PERFORM pg_notify('sequestre_events', v_id || ' ');
    status := 'written';
END $$;

REVOKE ALL ON FUNCTION write_message(jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION write_message(jsonb) TO sequestre_app;
