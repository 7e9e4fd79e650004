-- A step leads to a document of the same order: its id, people, service and currency are what they
-- were, to the letter; and without a document no money moves (LG007).
CREATE OR REPLACE FUNCTION demand_same_order(p_order orders, p_doc jsonb, p_postings jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_doc IS NULL AND jsonb_array_length(p_postings) > 0 THEN
        RAISE EXCEPTION 'a refusal on order % moves money', p_order.id USING ERRCODE = 'LG007';
    END IF;
    IF NOT p_doc @> jsonb_build_object(
        'id', p_order.id, 'buyer_id', p_order.buyer_id, 'seller_id', p_order.seller_id,
        'service_id', p_order.service_id, 'currency', p_order.doc->'currency'
    ) THEN
        RAISE EXCEPTION 'a step of order % has the document of another', p_order.id
            USING ERRCODE = 'LG007';
    END IF;
END $$;

REVOKE ALL ON FUNCTION demand_same_order(orders, jsonb, jsonb) FROM PUBLIC, sequestre_app;
