-- Money between a user's wallet and the payment provider, once a key: in for a top-up, out for a
-- payout. For processes of the release before; `ledger.carry` is that of today.
CREATE OR REPLACE FUNCTION ledger.move(
    p_key text, p_kind text, p_user text, p_currency text, p_amount bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_wallet jsonb := jsonb_build_object('kind', 'wallet', 'owner', p_user);
    v_world  jsonb := jsonb_build_object('kind', 'world', 'owner', 'payment-provider');
BEGIN
    IF p_kind = 'top_up' THEN
        RETURN ledger.post(p_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
            'debit', v_world, 'credit', v_wallet, 'amount', p_amount)), false);
    ELSIF p_kind = 'payout' THEN
        RETURN ledger.post(p_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
            'debit', v_wallet, 'credit', v_world, 'amount', p_amount)), false);
    END IF;
    RAISE EXCEPTION 'money moves by top_up or payout, not by %', p_kind USING ERRCODE = 'LG006';
END $$;

REVOKE ALL ON FUNCTION ledger.move(text, text, text, text, bigint) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.move(text, text, text, text, bigint) TO sequestre_app;
