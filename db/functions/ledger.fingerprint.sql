-- What a transaction says, as bytes that any change of a leg changes.
CREATE OR REPLACE FUNCTION ledger.fingerprint(kind text, order_id uuid, currency text, legs jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(kind, order_id, currency,
        (SELECT jsonb_agg(jsonb_build_array(
                    leg->'debit'->>'kind', leg->'debit'->>'owner',
                    leg->'credit'->>'kind', leg->'credit'->>'owner', leg->>'amount') ORDER BY n)
         FROM jsonb_array_elements(legs) WITH ORDINALITY AS l (leg, n)))::text, 'UTF8'))
$$;

REVOKE ALL ON FUNCTION ledger.fingerprint(text, uuid, text, jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.fingerprint(text, uuid, text, jsonb) TO sequestre_app;
