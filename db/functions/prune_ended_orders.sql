-- Removes up to p_most requests and as many deliveries of orders that ended more than p_keep ago, the
-- first ended first, and gives {orders, requests, deliveries}: how many orders it looked at, and what
-- it removed of them. No orders: there is nothing left to remove.
--
-- Whatever the caller asks for: nothing goes before 90 days, nothing of an order that runs or was not
-- proved after its end, and nothing of one that has an undecided request, a message under way, or a
-- request that is younger than an idempotency key can be, or whose payment a bank disputes: what was
-- delivered and said is the evidence. What the order's own document refers to stays for ever (the offer
-- that became a line, say): it is read with the order.
CREATE OR REPLACE FUNCTION prune_ended_orders(p_keep interval, p_most integer) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now          timestamptz := moved(clock_timestamp());
    v_ended_before timestamptz := v_now - greatest(p_keep, interval '90 days');
    v_most         integer := greatest(least(p_most, 1000), 1);
    v_orders       uuid[];
    v_requests     integer;
    v_deliveries   integer;
BEGIN
    v_orders := ARRAY(
        SELECT p.order_id FROM proved_orders p JOIN orders o ON o.id = p.order_id
        WHERE p.pruned_at IS NULL AND p.ended_at < v_ended_before
          AND o.state IN ('completed', 'cancelled', 'settled') AND o.updated_at < v_ended_before
          AND NOT EXISTS (
              SELECT FROM requests r WHERE r.order_id = o.id AND (r.outcome IS NULL
              OR r.received_at > v_now - interval '30 days'))
          AND NOT EXISTS (
              SELECT FROM deliveries d WHERE d.order_id = o.id AND d.status = 'pending')
          AND NOT EXISTS (
              SELECT FROM pay_ins i JOIN chargebacks c ON c.pay_in_id = i.id
              WHERE i.order_id = o.id AND c.state = 'opened')
        ORDER BY p.ended_at, p.order_id LIMIT 100 FOR UPDATE OF p SKIP LOCKED);
    -- Who writes a dispute down holds its payment: one that was being written down was not to be seen before.
    PERFORM FROM pay_ins WHERE order_id = ANY (v_orders) ORDER BY id FOR SHARE;
    v_orders := ARRAY(
        SELECT o.id FROM unnest(v_orders) AS o (id)
        WHERE NOT EXISTS (SELECT FROM pay_ins i JOIN chargebacks c ON c.pay_in_id = i.id
                          WHERE i.order_id = o.id AND c.state = 'opened'));

    DELETE FROM requests r USING (
        SELECT r.order_id, r.request_id
        FROM unnest(v_orders) AS id JOIN orders o USING (id) JOIN requests r ON r.order_id = o.id
        WHERE r.request_id <> ALL (ARRAY(SELECT jsonb_array_elements_text(
            jsonb_path_query_array(o.doc, '$.**.id')
            || jsonb_path_query_array(o.doc, '$.dispute.request_id'))))
        LIMIT v_most
    ) old
    WHERE r.order_id = old.order_id AND r.request_id = old.request_id AND r.outcome IS NOT NULL;
    GET DIAGNOSTICS v_requests = ROW_COUNT;

    DELETE FROM deliveries WHERE status <> 'pending' AND id IN (
        SELECT id FROM deliveries WHERE order_id = ANY (v_orders) LIMIT v_most);
    GET DIAGNOSTICS v_deliveries = ROW_COUNT;

    IF v_requests < v_most AND v_deliveries < v_most THEN -- or else there may be more of them
        UPDATE proved_orders SET pruned_at = v_now WHERE order_id = ANY (v_orders);
    END IF;
    RETURN jsonb_build_object('orders', cardinality(v_orders), 'requests', v_requests,
                              'deliveries', v_deliveries);
END $$;

REVOKE ALL ON FUNCTION prune_ended_orders(interval, integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION prune_ended_orders(interval, integer) TO sequestre_app;
