-- An order's postings. Whatever the caller says, its money comes from its buyer, is held in its own
-- escrow, and goes to its own people and the commission.
CREATE OR REPLACE FUNCTION post_all(p_order uuid, p_currency text, p_postings jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF jsonb_array_length(p_postings) = 0 THEN -- most steps move no money
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM orders o, jsonb_array_elements(p_postings) AS p,
                    jsonb_array_elements(p->'legs') AS leg
        WHERE o.id = p_order AND NOT CASE p->>'kind'
            WHEN 'hold' THEN
                leg->'debit' = jsonb_build_object('kind', 'wallet', 'owner', o.buyer_id)
                AND leg->'credit' = jsonb_build_object('kind', 'escrow', 'owner', p_order)
            ELSE
                leg->'debit' = jsonb_build_object('kind', 'escrow', 'owner', p_order)
                AND leg->'credit' IN (
                    jsonb_build_object('kind', 'wallet', 'owner', o.buyer_id),
                    jsonb_build_object('kind', 'wallet', 'owner', o.seller_id),
                    jsonb_build_object('kind', 'commission', 'owner', 'platform'))
            END
    ) THEN
        RAISE EXCEPTION 'a posting of order % names accounts of others', p_order
            USING ERRCODE = 'LG006';
    END IF;
    PERFORM ledger.post(p->>'key', p->>'kind', p_order, p_currency, p->'legs',
                        p->>'kind' IN ('release', 'refund', 'split'))
    FROM jsonb_array_elements(p_postings) AS p;
END $$;

REVOKE ALL ON FUNCTION post_all(uuid, text, jsonb) FROM PUBLIC, sequestre_app;
