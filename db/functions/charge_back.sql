-- Has somebody owe a part of a chargeback that was lost, once; what their wallet holds pays first.
CREATE OR REPLACE FUNCTION charge_back(p_one chargebacks, p_side text, p_user text, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_amount <= 0 OR NOT ledger.carry_debt(
        'chargeback:' || p_one.id || ':' || p_side, 'chargeback', p_user, p_one.currency, p_amount,
        p_one.reference, p_one.provider)
    THEN
        RETURN;
    END IF;
    INSERT INTO receivables AS r (user_id, currency, owed) VALUES (p_user, p_one.currency, p_amount)
    ON CONFLICT (user_id, currency) DO UPDATE SET owed = r.owed + excluded.owed;
    PERFORM recover('recovery:chargeback:' || p_one.id || ':' || p_side, p_user, p_one.currency, p_amount,
                    p_one.reference, p_one.provider);
END $$;

REVOKE ALL ON FUNCTION charge_back(chargebacks, text, text, bigint) FROM PUBLIC, sequestre_app;
