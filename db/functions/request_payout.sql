-- Writes a payout down and takes its money out of the wallet; one that was written before stays as it is. Refused
-- (no_overdraft) where the wallet lacks it, or has it and part of it is withheld.
-- p: id, user_id, amount, currency, provider, account, state (requested: a second person has to approve it), and where
-- they have to, approval: above, others (amount, count, since; null: by itself).
CREATE OR REPLACE FUNCTION request_payout(p jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id   uuid := (p->>'id')::uuid;
    v_left bigint;
    v_kept bigint;
BEGIN
    IF EXISTS (SELECT FROM payouts WHERE id = v_id) THEN
        RETURN;
    END IF;
    IF p->>'state' NOT IN ('requested', 'pending') THEN
        RAISE EXCEPTION 'a payout begins requested or pending, not %', p->>'state'
            USING ERRCODE = 'LG006';
    END IF;
    INSERT INTO payouts (id, user_id, amount, currency, provider, account, state, approval_above, others_amount,
                         others_count, others_since, hold_id)
    VALUES (v_id, p->>'user_id', (p->>'amount')::bigint, p->>'currency', p->>'provider',
            p->>'account', p->>'state', (p#>>'{approval,above}')::bigint,
            (p#>>'{approval,others,amount}')::bigint, (p#>>'{approval,others,count}')::integer,
            (p#>>'{approval,others,since}')::timestamptz, ledger.carry_payout(
                'payout_hold', v_id, p->>'user_id', p->>'currency', (p->>'amount')::bigint, false,
                NULL, p->>'user_id'));
    -- The wallet is locked by now: whoever earns something or is told of a dispute meanwhile waits, or is seen with
    -- all of it.
    SELECT b.balance INTO v_left FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.owner = p->>'user_id' AND a.kind = 'wallet' AND a.currency = p->>'currency';
    SELECT w.clearing + w.disputed INTO v_kept FROM withheld(p->>'user_id', moved(clock_timestamp())) w
    WHERE w.currency = p->>'currency';
    IF v_left < v_kept THEN
        RAISE EXCEPTION 'of the wallet of % more is withheld than would be left', p->>'user_id'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_overdraft';
    END IF;
END $$;

REVOKE ALL ON FUNCTION request_payout(jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION request_payout(jsonb) TO sequestre_app;
