-- An order's postings, and from when on what its seller has earned can be paid out, where that is not at once. Whatever the caller says, its money comes from its buyer, is held in its own
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
    IF NOT jsonb_path_exists(p_postings, '$[*] ? (@.kind == "release" || @.kind == "split")') THEN
        RETURN;
    END IF;
    -- In seconds, as the window is meant: a day of a time zone may have another number of hours.
    INSERT INTO uncleared (tx_id, user_id, currency, amount, clears_at)
    SELECT t.id, o.seller_id, p_currency, x.amount,
           t.created_at + extract(epoch FROM (o.doc->'policy'->>'clearing_window')::interval)
                          * interval '1 second'
    FROM orders o
    JOIN ledger.tx t ON t.order_id = o.id AND t.kind IN ('release', 'split')
    JOIN ledger.transfer x ON x.tx_id = t.id
    JOIN ledger.account a ON a.id = x.credit_id AND a.kind = 'wallet' AND a.owner = o.seller_id
    WHERE o.id = p_order AND o.doc->'policy'->>'clearing_window' IS NOT NULL
    ON CONFLICT DO NOTHING;
END $$;

REVOKE ALL ON FUNCTION post_all(uuid, text, jsonb) FROM PUBLIC, sequestre_app;
