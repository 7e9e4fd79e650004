-- Takes a transfer back, once: its money goes the way that it came, and its user is told; what comes back into the
-- wallet of somebody who owes something pays that. Gives {status, id}:
--   reversed   it is taken back by the transfer with this id
--   before     it was taken back before, by this one
--   reversal   it is one that nothing takes back
--   unknown    there is no such transfer
-- Which of these is refused before anything is tried says ledger.refused_reversal, and the pages by the same.
CREATE OR REPLACE FUNCTION ledger.reverse(p_id uuid, p_reason text, p_by text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_one     ledger.outside;
    v_refused jsonb;
    v_key     text := 'reversal:' || p_id;
    v_tx      bigint;
    v_id      uuid := ledger.transfer_id(v_key);
BEGIN
    -- Of two operators at once the second waits here, and then sees what the first one did.
    SELECT * INTO v_one FROM ledger.outside WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('status', 'unknown');
    END IF;
    v_refused := ledger.refused_reversal(v_one);
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    END IF;
    PERFORM ledger.post(v_key, 'reversal', NULL, min(x.currency), jsonb_agg(jsonb_build_object(
        'debit', jsonb_build_object('kind', c.kind, 'owner', c.owner),
        'credit', jsonb_build_object('kind', d.kind, 'owner', d.owner),
        'amount', x.amount) ORDER BY x.leg), false)
    FROM ledger.transfer x
    JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id
    WHERE x.tx_id = v_one.tx_id;
    SELECT id INTO STRICT v_tx FROM ledger.tx WHERE key = v_key;
    INSERT INTO ledger.outside (tx_id, id, kind, user_id, reference, reverses, reason, made_by)
    VALUES (v_tx, v_id, 'reversal', v_one.user_id, v_one.reference, v_one.tx_id, p_reason, p_by);
    IF v_one.user_id IS NOT NULL THEN
        INSERT INTO public.wallet_notices (id, tx_id, user_id)
        VALUES (nextval('public.notices_id_seq'), v_tx, v_one.user_id);
    END IF;
    IF v_one.kind = 'payout' THEN -- it was theirs before
        PERFORM public.recover('recovery:' || v_key, v_one.user_id, x.currency, x.amount, v_one.reference, NULL)
        FROM ledger.transfer x WHERE x.tx_id = v_tx;
    END IF;
    RETURN jsonb_build_object('status', 'reversed', 'id', v_id);
END $$;

REVOKE ALL ON FUNCTION ledger.reverse(uuid, text, text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.reverse(uuid, text, text) TO sequestre_app;
