-- Money between the books and the payment provider, once a key: into a user's wallet for a top_up, out of
-- it for a payout, out of the platform's commission for a commission_payout (p_user is null). Gives the
-- transfer's id. The same key with another content or reference is an error (LG001).
CREATE OR REPLACE FUNCTION ledger.carry(
    p_key text, p_kind text, p_user text, p_currency text, p_amount bigint, p_reference text, p_by text
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_world  jsonb := jsonb_build_object('kind', 'world', 'owner', 'payment-provider');
    v_inside jsonb := CASE p_kind
        WHEN 'commission_payout' THEN jsonb_build_object('kind', 'commission', 'owner', 'platform')
        ELSE jsonb_build_object('kind', 'wallet', 'owner', p_user) END;
    v_known  ledger.outside;
    v_id     uuid := ledger.transfer_id(p_key);
BEGIN
    IF p_kind NOT IN ('top_up', 'payout', 'commission_payout') THEN
        RAISE EXCEPTION 'money moves by top_up, payout or commission_payout, not by %', p_kind
            USING ERRCODE = 'LG006';
    END IF;
    IF NOT ledger.post(p_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
        'debit', CASE p_kind WHEN 'top_up' THEN v_world ELSE v_inside END,
        'credit', CASE p_kind WHEN 'top_up' THEN v_inside ELSE v_world END,
        'amount', p_amount)), false)
    THEN
        SELECT o.* INTO v_known FROM ledger.tx t JOIN ledger.outside o ON o.tx_id = t.id
        WHERE t.key = p_key;
        IF v_known.reference IS DISTINCT FROM p_reference THEN
            RAISE EXCEPTION 'ledger key % was used with another reference', p_key
                USING ERRCODE = 'LG001';
        END IF;
        RETURN v_known.id;
    END IF;
    -- The caller's key may have led to a transfer of another kind, when it had expired.
    IF EXISTS (SELECT FROM ledger.outside WHERE id = v_id) THEN
        v_id := md5(p_key)::uuid;
    END IF;
    INSERT INTO ledger.outside (tx_id, id, kind, user_id, reference, made_by)
    SELECT id, v_id, p_kind, p_user, p_reference, p_by FROM ledger.tx WHERE key = p_key;
    RETURN v_id;
END $$;

REVOKE ALL ON FUNCTION ledger.carry(text, text, text, text, bigint, text, text)
    FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.carry(text, text, text, text, bigint, text, text) TO sequestre_app;
