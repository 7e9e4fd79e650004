-- Moves a payout's money, once a kind: out of the wallet for a payout_hold, out of the books for a payout_done,
-- back into the wallet for a payout_return, from where it is by then (p_is_out). Gives the transfer's id.
CREATE OR REPLACE FUNCTION ledger.carry_payout(
    p_kind text, p_payout uuid, p_user text, p_currency text, p_amount bigint, p_is_out boolean,
    p_reference text, p_by text
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_wallet jsonb := jsonb_build_object('kind', 'wallet', 'owner', p_user);
    v_aside  jsonb := jsonb_build_object('kind', 'payout_pending', 'owner', p_user);
    v_world  jsonb := jsonb_build_object('kind', 'world', 'owner', 'payment-provider');
    v_key    text := p_kind || ':' || p_payout;
    v_id     uuid := ledger.transfer_id(v_key);
BEGIN
    IF ledger.post(v_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
        'debit', CASE WHEN p_kind = 'payout_hold' THEN v_wallet
                      WHEN p_kind = 'payout_return' AND p_is_out THEN v_world ELSE v_aside END,
        'credit', CASE p_kind WHEN 'payout_hold' THEN v_aside
                              WHEN 'payout_return' THEN v_wallet ELSE v_world END,
        'amount', p_amount)), false)
    THEN
        INSERT INTO ledger.outside (tx_id, id, kind, user_id, reference, made_by)
        SELECT id, v_id, p_kind, p_user, p_reference, p_by FROM ledger.tx WHERE key = v_key;
    END IF;
    RETURN v_id;
END $$;

REVOKE ALL ON FUNCTION ledger.carry_payout(text, uuid, text, text, bigint, boolean, text, text)
    FROM PUBLIC, sequestre_app;
