-- Does what the provider answered to who asked it what became of a payout, and decides what it had said of it until
-- then (up to p_seen). Gives the payout's state then; null where there is no such payout. An answer that comes late
-- changes nothing: what has come back is never out again.
-- p: state (pending, paid, failed, returned, cancelled), reference, reason.
CREATE OR REPLACE FUNCTION settle_payout(p_id uuid, p jsonb, p_seen bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_one    payouts;
    v_before text;
    v_said   text := p->>'state';
    v_odd    boolean;
BEGIN
    -- Who does the same at once waits here, and then finds it done.
    SELECT * INTO v_one FROM payouts WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    v_before := v_one.state;
    IF v_said = 'returned' AND v_before = 'pending' THEN
        -- In the order of whoever asks for another one: the wallet, then what is on its way out of it.
        PERFORM lock_wallets(ARRAY[v_one.user_id], v_one.currency);
    END IF;
    v_one.reference := coalesce(v_one.reference, p->>'reference');
    UPDATE payouts SET reference = v_one.reference,
           reason = CASE WHEN state = 'pending' AND v_said = 'pending' THEN NULL ELSE reason END
    WHERE id = p_id;
    IF v_said IN ('paid', 'returned') AND v_before = 'pending' THEN
        v_one.done_id := ledger.carry_payout('payout_done', p_id, v_one.user_id, v_one.currency,
                                             v_one.amount, true, v_one.reference, v_one.provider);
        UPDATE payouts SET state = 'paid', reason = NULL, done_id = v_one.done_id,
               ended_at = moved(clock_timestamp())
        WHERE id = p_id;
    END IF;
    IF v_said IN ('failed', 'returned', 'cancelled') AND v_before IN ('pending', 'paid') THEN
        PERFORM bring_payout_back(v_one, v_said, p->>'reason', v_one.provider);
    END IF;
    SELECT * INTO v_one FROM payouts WHERE id = p_id;
    v_odd := v_said = 'paid' AND v_one.state <> 'paid';
    UPDATE provider_events SET decided_at = moved(clock_timestamp()), outcome = CASE
        WHEN reference <> v_one.reference THEN 'theirs_only'
        WHEN v_odd OR (amount, currency) <> (v_one.amount, v_one.currency::text) THEN 'differs'
        WHEN kind = 'payout_paid' AND v_one.reference IS NULL AND v_one.state NOT IN ('pending', 'paid')
            THEN 'differs' -- nobody had it paid
        WHEN v_one.state = v_before THEN 'nothing_new' ELSE 'applied' END
    WHERE ours = p_id::text AND outcome IS NULL AND number <= p_seen;
    RETURN v_one.state;
END $$;

REVOKE ALL ON FUNCTION settle_payout(uuid, jsonb, bigint) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION settle_payout(uuid, jsonb, bigint) TO sequestre_app;
