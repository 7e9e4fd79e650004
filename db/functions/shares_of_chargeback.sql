-- Who would have to make good a chargeback as things stand, and how much of it: the buyer what came back to them or
-- never was in the order, the seller what is left. Of an order that runs nobody, since its escrow does (is_open).
CREATE OR REPLACE FUNCTION shares_of_chargeback(p_one chargebacks)
RETURNS TABLE (order_id uuid, is_open boolean, buyer_id text, buyers bigint, seller_id text, sellers bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT o.id, coalesce(o.state NOT IN ('completed', 'cancelled', 'settled'), false), p.user_id,
           p_one.amount - coalesce(gone.amount, 0) - sellers.amount, o.seller_id, sellers.amount
    FROM pay_ins p
    -- One in another currency was paid out of what the wallet held of that.
    LEFT JOIN orders o ON o.id = p.order_id AND o.doc->>'currency' = p_one.currency
    CROSS JOIN LATERAL (
        SELECT sum(x.amount)::bigint AS amount FROM ledger.tx t
        JOIN ledger.transfer x ON x.tx_id = t.id
        JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'world'
        WHERE t.order_id = o.id AND t.kind = 'reclaim') AS gone
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.id IS NULL OR gone.amount IS NOT NULL OR o.doc->>'outcome' IS NULL THEN 0
               ELSE greatest(0, p_one.amount - (o.doc->'outcome'->>'refunded')::bigint - greatest(
                   0, p.amount - (o.doc->'outcome'->>'refunded')::bigint
                      - (o.doc->'outcome'->>'paid_to_seller')::bigint
                      - (o.doc->'outcome'->>'commission')::bigint)) END AS amount) AS sellers
    WHERE p.id = p_one.pay_in_id
$$;

REVOKE ALL ON FUNCTION shares_of_chargeback(chargebacks) FROM PUBLIC, sequestre_app;
