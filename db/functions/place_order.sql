-- A new order with its money. Too little in the wallet raises no_overdraft and leaves nothing; so does
-- an external_id that another order has, by one_order_per_external_id.
CREATE OR REPLACE FUNCTION place_order(p jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    d jsonb := p->'doc';
    v_id uuid := (d->>'id')::uuid;
BEGIN
    -- The row is made of the document: what it may not say itself is what the service says.
    IF NOT EXISTS (
        SELECT FROM services s WHERE s.id = (d->>'service_id')::uuid AND s.archived_at IS NULL
        AND d @> jsonb_build_object('id', v_id, 'service_id', s.id, 'seller_id', s.seller_id,
                                    'currency', s.currency)
        AND v_id IS NOT NULL AND jsonb_typeof(d->'buyer_id') = 'string'
    ) THEN
        RAISE EXCEPTION 'order % is not placed as its service says', v_id USING ERRCODE = 'LG007';
    END IF;
    INSERT INTO orders (id, buyer_id, seller_id, service_id, title, brief, titles, state,
                        deadline_at, version, doc)
    VALUES (v_id, d->>'buyer_id', d->>'seller_id', (d->>'service_id')::uuid, p->>'title',
            p->>'brief', p->'titles', d->>'state', (d->'deadline'->>'at')::timestamptz,
            (d->>'version')::integer, d);
    IF p->>'external_id' IS NOT NULL OR p->'metadata' <> '{}' THEN
        INSERT INTO order_metadata (order_id, external_id, metadata)
        VALUES (v_id, p->>'external_id', p->'metadata');
    END IF;
    PERFORM post_all(v_id, d->>'currency', p->'postings');
    PERFORM write_event(v_id, p->'event');
END $$;

REVOKE ALL ON FUNCTION place_order(jsonb) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION place_order(jsonb) TO sequestre_app;
