-- Tells whose money is kept back for a chargeback that is open (withheld), and how much of it; and tells the same people
-- when it was won. Who pays for one that was lost is told as they come to owe it (charge_back).
CREATE OR REPLACE FUNCTION tell_of_chargeback(p_one chargebacks) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO wallet_notices (id, user_id, chargeback_id, told, amount)
    SELECT nextval('notices_id_seq'), kept.user_id, p_one.id, p_one.state, kept.amount
    FROM shares_of_chargeback(p_one) s
    LEFT JOIN ledger.account a ON a.owner = s.order_id::text AND a.kind = 'escrow' AND a.currency = p_one.currency
    LEFT JOIN ledger.balance b ON b.account_id = a.id
    CROSS JOIN LATERAL (VALUES (s.buyer_id, s.buyers - coalesce(b.balance, 0)), (s.seller_id, s.sellers))
        AS kept (user_id, amount)
    WHERE p_one.state = 'opened' AND kept.user_id IS NOT NULL AND kept.amount > 0
    UNION ALL
    SELECT nextval('notices_id_seq'), n.user_id, n.chargeback_id, p_one.state, n.amount FROM wallet_notices n
    WHERE n.chargeback_id = p_one.id AND n.told = 'opened' AND p_one.state = 'won';
END $$;

REVOKE ALL ON FUNCTION tell_of_chargeback(chargebacks) FROM PUBLIC, sequestre_app;
