-- Ends a payout whose row is locked and whose money did not arrive: it is in the wallet again, from where it is by
-- now. Its owner is told, unless they took it back themselves. `returned` is what was out already. Who owes something
-- pays it with what has come back, as far as that goes: it was theirs before.
CREATE OR REPLACE FUNCTION bring_payout_back(p_one payouts, p_state text, p_reason text, p_by text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_is_out boolean := p_one.done_id IS NOT NULL;
    v_return uuid := ledger.carry_payout('payout_return', p_one.id, p_one.user_id, p_one.currency,
                                         p_one.amount, v_is_out, p_one.reference, p_by);
BEGIN
    UPDATE payouts SET state = CASE WHEN v_is_out THEN 'returned' ELSE p_state END,
           reason = p_reason, return_id = v_return, ended_at = moved(clock_timestamp())
    WHERE id = p_one.id;
    IF p_by <> p_one.user_id THEN
        INSERT INTO wallet_notices (id, tx_id, user_id)
        SELECT nextval('notices_id_seq'), tx_id, p_one.user_id FROM ledger.outside WHERE id = v_return;
    END IF;
    PERFORM recover('recovery:payout_return:' || p_one.id, p_one.user_id, p_one.currency, p_one.amount,
                    p_one.id::text, NULL);
END $$;

REVOKE ALL ON FUNCTION bring_payout_back(payouts, text, text, text) FROM PUBLIC, sequestre_app;
