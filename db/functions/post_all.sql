-- An order's postings, and from when on what its seller has earned can be paid out, where that is not at once.
-- Whatever the caller says, its money comes from its buyer, is held in its own escrow, and goes to its own people
-- and the commission.
CREATE OR REPLACE FUNCTION post_all(p_order uuid, p_currency text, p_postings jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF jsonb_array_length(p_postings) = 0 THEN -- most steps move no money
        RETURN;
    END IF;
    -- Whatever decided it: frozen money does not move.
    IF EXISTS (SELECT FROM orders WHERE id = p_order AND doc->>'payment_hold' IS NOT NULL)
       AND jsonb_path_exists(p_postings, '$[*] ? (@.kind != "reclaim")') THEN
        RAISE EXCEPTION 'the payment of order % is disputed: its money is frozen', p_order
            USING ERRCODE = 'LG006';
    END IF;
    IF EXISTS (
        SELECT FROM orders o, jsonb_array_elements(p_postings) AS p,
                    jsonb_array_elements(p->'legs') AS leg
        WHERE o.id = p_order AND NOT CASE p->>'kind'
            WHEN 'hold' THEN
                leg->'debit' = jsonb_build_object('kind', 'wallet', 'owner', o.buyer_id)
                AND leg->'credit' = jsonb_build_object('kind', 'escrow', 'owner', p_order)
            WHEN 'reclaim' THEN
                leg->'debit' = jsonb_build_object('kind', 'escrow', 'owner', p_order)
                AND (leg->'credit' = jsonb_build_object('kind', 'wallet', 'owner', o.buyer_id)
                     OR leg->'credit' = jsonb_build_object('kind', 'world', 'owner', 'payment-provider'))
                -- No more than a bank has taken back leaves for it.
                AND EXISTS (SELECT FROM pay_ins i JOIN chargebacks c ON c.pay_in_id = i.id
                            WHERE i.order_id = p_order AND c.state = 'lost'
                              AND (leg->'credit'->>'kind' <> 'world' OR (leg->>'amount')::bigint <= c.amount))
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
                        p->>'kind' IN ('release', 'refund', 'split', 'reclaim'))
    FROM jsonb_array_elements(p_postings) AS p;
    IF jsonb_path_exists(p_postings, '$[*] ? (@.kind != "hold")') THEN
        PERFORM recover_from_order(p_order, p_currency);
    END IF;
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
