-- Writes down what the provider has said of disputes of a payment whose row is locked and which is booked. One that
-- differs from the payment, or that ended otherwise before, changes nothing and is for a person; so is another one of
-- the same payment once one is lost (theirs_only), and one of other money than what is in the books: a second payment
-- under the same id is in none, and takes nothing from the order or the wallet of the first. Another one of the same
-- payment while one is open waits, undecided, for the end of that: what is said of both may come in any order.
-- Wallets are locked where a dispute is written down: a payout of what it concerns is before it, or sees it. Its seller
-- is known only where the payment was booked in an earlier transaction, so that no wallet is locked by this one yet.
CREATE OR REPLACE FUNCTION settle_chargebacks(p_one pay_ins) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_said    provider_events;
    v_known   chargebacks;
    v_state   text;
    v_outcome text;
    v_seller  text;
    v_payment text; -- what the provider calls the money that is in the books; null where it was not told
    v_decided boolean := false;
BEGIN
    SELECT seller_id INTO v_seller FROM orders WHERE id = p_one.order_id AND doc->>'currency' = p_one.currency;
    SELECT payment INTO v_payment FROM provider_events
    WHERE ours = p_one.id::text AND kind = 'pay_in_paid' AND reference = p_one.reference AND payment IS NOT NULL
    ORDER BY number LIMIT 1;
    FOR v_said IN SELECT * FROM provider_events
                  WHERE ours = p_one.id::text AND outcome IS NULL AND kind LIKE 'dispute\_%' ORDER BY number LOOP
        v_state := replace(v_said.kind, 'dispute_', '');
        SELECT * INTO v_known FROM chargebacks
        WHERE provider = v_said.provider AND reference = v_said.reference FOR UPDATE;
        IF FOUND AND (v_known.pay_in_id <> p_one.id
                      OR (v_said.amount, v_said.currency) <> (v_known.amount, v_known.currency::text)) THEN
            v_outcome := 'differs';
        ELSIF FOUND AND v_state IN ('opened', v_known.state) THEN
            UPDATE chargebacks SET evidence_until = coalesce(evidence_until, v_said.evidence_until),
                   reason = coalesce(reason, v_said.reason) WHERE id = v_known.id;
            v_outcome := 'nothing_new';
        ELSIF FOUND AND v_known.state = 'opened' THEN
            UPDATE chargebacks SET state = v_state, ended_at = moved(clock_timestamp()) WHERE id = v_known.id;
            v_outcome := 'applied';
        ELSIF FOUND OR v_said.reference IS NULL OR v_said.amount IS NULL OR v_said.amount < 1
              OR v_said.amount > p_one.amount OR v_said.currency IS DISTINCT FROM p_one.currency::text THEN
            v_outcome := 'differs';
        ELSIF v_said.payment <> v_payment
              OR EXISTS (SELECT FROM chargebacks WHERE pay_in_id = p_one.id AND state = 'lost') THEN
            v_outcome := 'theirs_only';
        ELSIF v_state <> 'won' AND EXISTS (SELECT FROM chargebacks WHERE pay_in_id = p_one.id AND state = 'opened') THEN
            CONTINUE;
        ELSE
            PERFORM lock_wallets(ARRAY[p_one.user_id, v_seller], v_said.currency);
            INSERT INTO chargebacks (provider, reference, pay_in_id, payer_id, seller_id, amount, currency, state,
                                     evidence_until, reason, ended_at)
            VALUES (v_said.provider, v_said.reference, p_one.id, p_one.user_id, v_seller, v_said.amount,
                    v_said.currency, v_state, v_said.evidence_until, v_said.reason,
                    CASE WHEN v_state <> 'opened' THEN moved(clock_timestamp()) END);
            v_outcome := 'applied';
        END IF;
        UPDATE provider_events SET outcome = v_outcome, decided_at = moved(clock_timestamp())
        WHERE number = v_said.number;
        v_decided := true;
    END LOOP;
    IF v_decided THEN -- something else may have waited for the end of one
        PERFORM settle_chargebacks(p_one);
    END IF;
END $$;

REVOKE ALL ON FUNCTION settle_chargebacks(pay_ins) FROM PUBLIC, sequestre_app;
