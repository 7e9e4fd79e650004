-- Has somebody owe a part of a chargeback that was lost, once; what their wallet holds pays first. They are told of both
-- at once: how much they make good, and by which posting their wallet has paid of it, if it held anything.
CREATE OR REPLACE FUNCTION charge_back(p_one chargebacks, p_side text, p_user text, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_key text := 'chargeback:' || p_one.id || ':' || p_side;
BEGIN
    IF p_amount <= 0 OR NOT ledger.carry_debt(
        v_key, 'chargeback', p_user, p_one.currency, p_amount, p_one.reference, p_one.provider)
    THEN
        RETURN;
    END IF;
    INSERT INTO receivables AS r (user_id, currency, owed) VALUES (p_user, p_one.currency, p_amount)
    ON CONFLICT (user_id, currency) DO UPDATE SET owed = r.owed + excluded.owed;
    PERFORM recover('recovery:' || v_key, p_user, p_one.currency, p_amount, p_one.reference, p_one.provider);
    INSERT INTO wallet_notices (id, tx_id, user_id, chargeback_id, told, amount)
    VALUES (nextval('notices_id_seq'), (SELECT id FROM ledger.tx WHERE key = 'recovery:' || v_key), p_user, p_one.id,
            'lost', p_amount);
END $$;

REVOKE ALL ON FUNCTION charge_back(chargebacks, text, text, bigint) FROM PUBLIC, sequestre_app;
