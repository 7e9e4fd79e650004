-- Has those to whom the end of an order pays something pay of it what they owe: its seller the part that its policy
-- says, its buyer all, since that was theirs before.
CREATE OR REPLACE FUNCTION recover_from_order(p_order uuid, p_currency text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_one record;
BEGIN
    FOR v_one IN
        SELECT r.user_id, x.amount, r.user_id = o.seller_id AS is_seller,
               coalesce((o.doc->'policy'->>'recovery_bps')::bigint, 5000) AS bps
        FROM orders o
        JOIN receivables r ON r.user_id IN (o.buyer_id, o.seller_id) AND r.currency = p_currency AND r.owed > 0
        JOIN ledger.account a ON a.owner = r.user_id AND a.kind = 'wallet' AND a.currency = p_currency
        JOIN ledger.tx t ON t.order_id = o.id AND t.kind IN ('release', 'refund', 'split', 'reclaim')
        JOIN ledger.transfer x ON x.tx_id = t.id AND x.credit_id = a.id
        WHERE o.id = p_order ORDER BY r.user_id
    LOOP
        PERFORM recover('recovery:order:' || p_order || CASE WHEN v_one.is_seller THEN ':seller' ELSE ':buyer' END,
                        v_one.user_id, p_currency,
                        CASE WHEN v_one.is_seller THEN v_one.amount * v_one.bps / 10000 ELSE v_one.amount END,
                        p_order::text, NULL);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION recover_from_order(uuid, text) FROM PUBLIC, sequestre_app;
