-- Moves what somebody owes, once a key: it leaves the books for a chargeback, and is paid out of the wallet for a
-- recovery. False where that was done before.
CREATE OR REPLACE FUNCTION ledger.carry_debt(
    p_key text, p_kind text, p_user text, p_currency text, p_amount bigint, p_reference text, p_by text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_wallet jsonb := jsonb_build_object('kind', 'wallet', 'owner', p_user);
    v_owed   jsonb := jsonb_build_object('kind', 'receivable', 'owner', p_user);
    v_world  jsonb := jsonb_build_object('kind', 'world', 'owner', 'payment-provider');
BEGIN
    IF NOT ledger.post(p_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
        'debit', CASE p_kind WHEN 'recovery' THEN v_wallet ELSE v_owed END,
        'credit', CASE p_kind WHEN 'recovery' THEN v_owed ELSE v_world END,
        'amount', p_amount)), false)
    THEN
        RETURN false;
    END IF;
    INSERT INTO ledger.outside (tx_id, id, kind, user_id, reference, made_by)
    SELECT id, ledger.transfer_id(p_key), p_kind, p_user, p_reference, p_by FROM ledger.tx WHERE key = p_key;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION ledger.carry_debt(text, text, text, text, bigint, text, text)
    FROM PUBLIC, sequestre_app;
