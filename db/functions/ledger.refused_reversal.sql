-- What whoever wants to take this transfer back is told before anything is tried: the refusal as ledger.reverse gives it
-- ({status, of, id}); null where it is tried. Nothing of it is ever taken away again.
-- What moved the money of a payout on its way, what is owed, or a payment in through a provider is as a reversal is;
-- `of` says then what it is. What a bank takes back of such a payment is booked as that: taken back here as well, its
-- payer would lose it twice.
CREATE OR REPLACE FUNCTION ledger.refused_reversal(p_one ledger.outside) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_before uuid;
BEGIN
    IF p_one.kind = 'reversal' THEN
        RETURN jsonb_build_object('status', 'reversal');
    ELSIF p_one.kind LIKE 'payout\_%' THEN
        RETURN jsonb_build_object('status', 'reversal', 'of', 'payout');
    ELSIF p_one.kind IN ('chargeback', 'recovery') THEN
        RETURN jsonb_build_object('status', 'reversal', 'of', 'chargeback');
    END IF;
    SELECT id INTO v_before FROM ledger.outside WHERE reverses = p_one.tx_id;
    IF FOUND THEN
        RETURN jsonb_build_object('status', 'before', 'id', v_before);
    ELSIF EXISTS (SELECT FROM public.pay_ins WHERE transfer_id = p_one.id) THEN
        RETURN jsonb_build_object('status', 'reversal', 'of', 'pay_in');
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger.refused_reversal(ledger.outside) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.refused_reversal(ledger.outside) TO sequestre_app;
