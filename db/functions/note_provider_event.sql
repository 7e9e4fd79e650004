-- Writes down what a provider said, once an id; true where it is new. What concerns nothing that is kept here is
-- decided at once: `not_ours` is of a kind that nothing here asks for, `theirs_only` of a payment that we do not
-- know. p: provider, id, kind, name, at, reference, ours, amount, currency, reason, evidence_until.
CREATE OR REPLACE FUNCTION note_provider_event(p jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_outcome text := CASE
        WHEN p->>'kind' NOT IN ('pay_in_paid', 'pay_in_failed', 'pay_in_lapsed') THEN 'not_ours'
        WHEN NOT EXISTS (SELECT FROM pay_ins WHERE id::text = p->>'ours' AND provider = p->>'provider')
            THEN 'theirs_only' END;
    v_now timestamptz := moved(clock_timestamp());
BEGIN
    INSERT INTO provider_events (provider, id, kind, name, at, reference, ours, amount, currency, reason,
                                 evidence_until, received_at, outcome, decided_at)
    VALUES (p->>'provider', p->>'id', p->>'kind', p->>'name', (p->>'at')::timestamptz, p->>'reference',
            p->>'ours', (p->>'amount')::bigint, p->>'currency', p->>'reason',
            (p->>'evidence_until')::timestamptz, v_now, v_outcome,
            CASE WHEN v_outcome IS NOT NULL THEN v_now END)
    ON CONFLICT ON CONSTRAINT one_row_per_event DO NOTHING;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION note_provider_event(jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION note_provider_event(jsonb) TO sequestre_app;
