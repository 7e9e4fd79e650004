-- Has somebody pay of what they owe, once a key: no more than p_most, than they owe, and than their wallet holds.
-- Whoever calls it has locked the wallet. Its owner is told, or by whoever had them owe it just now (charge_back).
CREATE OR REPLACE FUNCTION recover(
    p_key text, p_user text, p_currency text, p_most bigint, p_reference text, p_by text
) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_owed   bigint;
    v_amount bigint;
BEGIN
    SELECT owed INTO v_owed FROM receivables
    WHERE user_id = p_user AND currency = p_currency AND owed > 0 FOR UPDATE;
    SELECT least(v_owed, p_most, b.balance) INTO v_amount
    FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.owner = p_user AND a.kind = 'wallet' AND a.currency = p_currency;
    IF v_owed IS NULL OR coalesce(v_amount, 0) <= 0 THEN
        RETURN;
    END IF;
    IF ledger.carry_debt(p_key, 'recovery', p_user, p_currency, v_amount, p_reference, p_by) THEN
        UPDATE receivables SET owed = owed - v_amount WHERE user_id = p_user AND currency = p_currency;
        INSERT INTO wallet_notices (id, tx_id, user_id)
        SELECT nextval('notices_id_seq'), id, p_user FROM ledger.tx
        WHERE key = p_key AND key NOT LIKE 'recovery:chargeback:%';
    END IF;
END $$;

REVOKE ALL ON FUNCTION recover(text, text, text, bigint, text, text) FROM PUBLIC, sequestre_app;
