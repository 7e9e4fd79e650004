-- Writes down what a provider said, once an id; true where it is new. What concerns nothing that is kept here is
-- decided at once: `not_ours` is of a kind that nothing here asks for, `theirs_only` of a payment or an account that
-- we do not know. So is what is said of an account: what is older than what is known of it is `nothing_new`. Providers
-- tell instants in whole seconds: which of two that fall within one was later is not known. Then what is not ready
-- counts, since of that the provider is asked at the next look. An account that is just being opened is known a little
-- later than the provider speaks of it: whoever writes it down waits for this, or this for them (know_payout_account).
-- p: provider, id, kind, name, at, reference, ours, amount, currency, reason, evidence_until, payment,
-- account {state, asked}.
CREATE OR REPLACE FUNCTION note_provider_event(p jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_of      text := CASE
        WHEN p->>'kind' IN ('pay_in_paid', 'pay_in_failed', 'pay_in_lapsed',
                            'dispute_opened', 'dispute_won', 'dispute_lost') THEN 'pay_in'
        WHEN p->>'kind' IN ('payout_paid', 'payout_failed', 'payout_cancelled') THEN 'payout'
        WHEN p->>'kind' = 'account_changed' THEN 'account' ELSE '' END;
    v_ours    uuid := CASE
        WHEN p->>'ours' ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' THEN (p->>'ours')::uuid END;
    v_at      timestamptz := (p->>'at')::timestamptz;
    v_said_at timestamptz;
    v_outcome text;
    v_now     timestamptz := moved(clock_timestamp());
BEGIN
    IF v_of = 'account' THEN
        PERFORM lock_payout_account(p->>'provider', p->>'reference');
    END IF;
    SELECT said_at INTO v_said_at FROM payout_accounts
    WHERE v_of = 'account' AND provider = p->>'provider' AND reference = p->>'reference' FOR UPDATE;
    v_outcome := CASE
        WHEN v_of = '' THEN 'not_ours'
        WHEN v_of = 'account' THEN CASE
            WHEN v_said_at IS NULL THEN 'theirs_only'
            WHEN v_at > v_said_at THEN 'applied'
            WHEN v_at >= date_trunc('second', v_said_at) AND p->'account'->>'state' <> 'active' THEN 'applied'
            ELSE 'nothing_new' END
        WHEN NOT EXISTS (SELECT FROM pay_ins
                         WHERE v_of = 'pay_in' AND id = v_ours AND provider = p->>'provider'
                         UNION ALL
                         SELECT FROM payouts
                         WHERE v_of = 'payout' AND id = v_ours AND provider = p->>'provider')
            THEN 'theirs_only' END;
    INSERT INTO provider_events (provider, id, kind, name, at, reference, ours, amount, currency, reason,
                                 evidence_until, payment, received_at, outcome, decided_at)
    VALUES (p->>'provider', p->>'id', p->>'kind', p->>'name', v_at, p->>'reference',
            p->>'ours', (p->>'amount')::bigint, p->>'currency', p->>'reason',
            as_far_ahead((p->>'evidence_until')::timestamptz), p->>'payment', v_now, v_outcome,
            CASE WHEN v_outcome IS NOT NULL THEN v_now END)
    ON CONFLICT ON CONSTRAINT one_row_per_event DO NOTHING;
    IF FOUND AND v_of = 'account' AND v_outcome = 'applied' THEN
        UPDATE payout_accounts SET state = p->'account'->>'state',
               said_at = greatest(v_at, v_said_at + interval '1 microsecond'),
               asked = ARRAY(SELECT jsonb_array_elements_text(p->'account'->'asked'))
        WHERE provider = p->>'provider' AND reference = p->>'reference';
        RETURN true;
    END IF;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION note_provider_event(jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION note_provider_event(jsonb) TO sequestre_app;
