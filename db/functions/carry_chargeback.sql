-- Does what the state of a chargeback asks for and was not done. Gives {act, order_id} where its order has to be
-- told something, which the caller writes down as a request of the chargeback's in the same transaction; or else null.
-- Nobody waits for another order than its own: what is to be done still is done at a later look. So is what an order
-- would be told before it has decided on what it was told last: it would go on before it was frozen, and be frozen then
-- for good. An order that is asked to be frozen may end before it comes to that: only once it has decided is it known
-- whether its people are told by it, or whoever has the money (tell_of_chargeback). One that is frozen by a dispute
-- which was won goes on once no other one of its payment is open: that takes it over first.
CREATE OR REPLACE FUNCTION carry_chargeback(p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_one   chargebacks;
    v_share record;
    v_asked text[];
    v_act   text;
    v_waits boolean; -- the order is still to decide on what it was told last
BEGIN
    -- One dispute of a payment after the other, and neither while something is written down of them.
    PERFORM FROM pay_ins WHERE id = (SELECT pay_in_id FROM chargebacks WHERE id = p_id) FOR NO KEY UPDATE;
    SELECT * INTO v_one FROM chargebacks WHERE id = p_id FOR UPDATE;
    IF NOT FOUND OR v_one.carried IS NOT DISTINCT FROM v_one.state
       -- The order that it pays for is to be placed first, or refused.
       OR EXISTS (SELECT FROM pay_ins WHERE id = v_one.pay_in_id AND wish IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_share FROM shares_of_chargeback(v_one);
    v_asked := ARRAY(SELECT action FROM requests
                     WHERE order_id = v_share.order_id AND request_id LIKE 'chargeback-' || p_id || '-%');
    v_act := CASE v_one.state WHEN 'opened' THEN 'payment_disputed' WHEN 'won' THEN 'payment_dispute_won'
                              ELSE 'payment_dispute_lost' END;
    IF v_act = ANY (v_asked) OR NOT v_share.is_open
       OR (v_one.state = 'won' AND 'payment_disputed' <> ALL (v_asked)) THEN
        v_act := NULL; -- it was told, or there is nothing to tell
    END IF;
    v_waits := EXISTS (SELECT FROM requests WHERE order_id = v_share.order_id
                       AND request_id LIKE 'chargeback-%' AND outcome IS NULL);
    IF v_act IS NOT NULL AND v_waits
       OR v_act = 'payment_dispute_won' AND EXISTS (
           SELECT FROM chargebacks WHERE pay_in_id = v_one.pay_in_id AND state <> 'won'
                                     AND carried IS DISTINCT FROM state) THEN
        RETURN NULL;
    END IF;
    IF v_act = 'payment_dispute_won' AND EXISTS (
        SELECT FROM orders WHERE id = v_share.order_id
                             AND doc->'payment_hold'->>'chargeback_id' IS DISTINCT FROM p_id::text) THEN
        v_act := NULL; -- another one has taken it over
    END IF;
    -- Whoever it concerns is named here where its order was placed after it was written down.
    UPDATE chargebacks SET payer_id = v_share.buyer_id, seller_id = v_share.seller_id
    WHERE id = p_id AND (payer_id, seller_id) IS DISTINCT FROM (v_share.buyer_id, v_share.seller_id);
    IF v_share.is_open AND (v_one.state = 'lost' OR v_one.state = 'opened' AND (v_act IS NOT NULL OR v_waits)) THEN
        -- It is carried once the order has ended, or has decided whether it is frozen.
        RETURN jsonb_build_object('act', v_act, 'order_id', v_share.order_id);
    END IF;
    IF v_one.state = 'lost' THEN
        PERFORM lock_wallets(ARRAY[v_share.buyer_id, v_share.seller_id], v_one.currency);
        PERFORM charge_back(v_one, 'buyer', v_share.buyer_id, v_share.buyers);
        PERFORM charge_back(v_one, 'seller', v_share.seller_id, v_share.sellers);
    END IF;
    PERFORM tell_of_chargeback(v_one);
    UPDATE chargebacks SET carried = state WHERE id = p_id;
    RETURN CASE WHEN v_act IS NOT NULL THEN jsonb_build_object('act', v_act, 'order_id', v_share.order_id) END;
END $$;

REVOKE ALL ON FUNCTION carry_chargeback(uuid) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION carry_chargeback(uuid) TO sequestre_app;
