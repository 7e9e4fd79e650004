-- Brings the next piece of what is older than the feed in front of its door: the steps of up to 200 orders
-- with some 5,000 entries and what was said on them, then 5,000 postings, at last disputes of payments. p_mark is the
-- row of `unnumbered` that says how far this has come; it goes with the last piece. Nothing is numbered meanwhile, so
-- that the past can be put in order of time as a whole; what is written meanwhile may be brought in twice, and is
-- numbered once.
CREATE OR REPLACE FUNCTION gather_past(p_mark unnumbered) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_orders uuid[] := ARRAY(
        SELECT id FROM (
            SELECT id, sum(events) OVER (ORDER BY id) - events AS before FROM (
                SELECT id, events FROM orders WHERE id > p_mark.order_id ORDER BY id LIMIT 200) next
            ) counted WHERE before < 5000 ORDER BY id);
BEGIN
    IF cardinality(v_orders) > 0 THEN
        -- A clock that was set back must not turn an order's history round: hence the latest so far.
        INSERT INTO unnumbered (source, order_id, ref, type, past_at)
        SELECT 'step', e.order_id, e.seq, coalesce(e.event, ''),
               max(e.at) OVER (PARTITION BY e.order_id ORDER BY e.seq)
        FROM events e
        WHERE e.order_id = ANY (v_orders) AND e.accepted
        UNION ALL
        SELECT 'message', m.order_id, m.number, 'order.message', m.at
        FROM messages m
        WHERE m.order_id = ANY (v_orders);
        UPDATE unnumbered SET order_id = v_orders[cardinality(v_orders)] WHERE id = p_mark.id;
    ELSIF p_mark.ref < (SELECT max(id) FROM ledger.tx) THEN
        INSERT INTO unnumbered (source, order_id, ref, type, past_at)
        SELECT 'transfer', '00000000-0000-0000-0000-000000000000', t.id, 'transfer.' || t.kind,
               t.created_at
        FROM ledger.tx t
        WHERE t.id > p_mark.ref AND t.id <= p_mark.ref + 5000 AND t.order_id IS NULL;
        UPDATE unnumbered SET ref = p_mark.ref + 5000 WHERE id = p_mark.id;
    ELSE
        INSERT INTO unnumbered (source, order_id, ref, type, past_at)
        SELECT 'dispute', '00000000-0000-0000-0000-000000000000', number, 'payment.' || kind, decided_at
        FROM provider_events WHERE kind LIKE 'dispute\_%' AND outcome = 'applied';
        DELETE FROM unnumbered WHERE id = p_mark.id;
    END IF;
END $$;

REVOKE ALL ON FUNCTION gather_past(unnumbered) FROM PUBLIC, sequestre_app;
