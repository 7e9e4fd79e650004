-- Does what the provider has said of a payment and nobody has done: books its money, once, or ends it. Gives its
-- state then; null where there is no such payment. Money that is at the provider is booked whatever was known
-- before: who pays late has paid. A second payment under the same id is theirs only, and what differs in amount
-- or currency is not booked: both are for a person, and so is a dispute of either. That another page under the same
-- id came to nothing says nothing of the one that is waited for. Then what was said of its disputes
-- (settle_chargebacks).
CREATE OR REPLACE FUNCTION settle_pay_in(p_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_one     pay_ins;
    v_said    provider_events;
    v_outcome text;
BEGIN
    -- Who does the same at once waits here, and then finds it done.
    SELECT * INTO v_one FROM pay_ins WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR v_said IN SELECT * FROM provider_events
                  WHERE ours = p_id::text AND outcome IS NULL AND kind LIKE 'pay\_in\_%' ORDER BY number LOOP
        v_outcome := 'nothing_new';
        IF v_said.kind = 'pay_in_paid' AND v_one.state = 'paid' THEN
            IF v_said.reference IS DISTINCT FROM v_one.reference THEN
                v_outcome := 'theirs_only';
            END IF;
        ELSIF v_said.kind = 'pay_in_paid' THEN
            IF (v_said.amount, v_said.currency) IS DISTINCT FROM (v_one.amount, v_one.currency::text) THEN
                v_outcome := 'differs';
            ELSE
                v_one.transfer_id := ledger.carry(
                    'top_up:pay-in:' || p_id, 'top_up', v_one.user_id, v_one.currency, v_one.amount,
                    v_said.reference, v_one.provider);
                v_one.state := 'paid';
                v_one.reason := NULL;
                v_one.reference := coalesce(v_said.reference, v_one.reference);
                v_outcome := 'applied';
            END IF;
        ELSIF v_one.state = 'open' AND (v_said.reference = v_one.reference) IS NOT FALSE THEN
            v_one.state := CASE v_said.kind WHEN 'pay_in_failed' THEN 'failed' ELSE 'lapsed' END;
            v_one.reason := v_said.reason;
            v_outcome := 'applied';
        END IF;
        UPDATE provider_events SET outcome = v_outcome, decided_at = moved(clock_timestamp())
        WHERE number = v_said.number;
    END LOOP;
    UPDATE pay_ins SET state = v_one.state, reference = v_one.reference, reason = v_one.reason,
           transfer_id = v_one.transfer_id,
           silent_since = CASE WHEN v_one.state <> 'paid' THEN silent_since END,
           silent_because = CASE WHEN v_one.state <> 'paid' THEN silent_because END,
           ended_at = CASE WHEN state = v_one.state THEN ended_at ELSE moved(clock_timestamp()) END
    WHERE id = p_id;
    IF v_one.state = 'paid' THEN -- what is said of its disputes before waits for that
        PERFORM settle_chargebacks(v_one);
    ELSE
        UPDATE provider_events d SET outcome = 'theirs_only', decided_at = moved(clock_timestamp())
        WHERE d.ours = p_id::text AND d.outcome IS NULL AND d.kind LIKE 'dispute\_%' AND EXISTS (
            SELECT FROM provider_events p WHERE p.ours = d.ours AND p.kind = 'pay_in_paid' AND p.outcome = 'differs'
                                            AND p.payment = d.payment);
    END IF;
    RETURN v_one.state;
END $$;

REVOKE ALL ON FUNCTION settle_pay_in(uuid) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION settle_pay_in(uuid) TO sequestre_app;
