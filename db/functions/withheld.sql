-- What of somebody's wallets is not paid out at an instant, by currency: what they have earned and is not cleared, with
-- the instant at which all of it is; and what they would owe if each payment that is disputed were lost as things stand
-- (shares_of_chargeback). What is kept for both reasons counts as disputed. It may be more than the wallet holds.
-- For an order that runs its escrow answers as far as it goes. A payment that is lost counts until that is carried
-- out: from then on it is owed.
CREATE OR REPLACE FUNCTION withheld(p_user text, p_at timestamptz)
RETURNS TABLE (currency text, clearing bigint, until timestamptz, disputed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH share AS (
        SELECT c.currency::text AS currency, s.order_id, s.buyers - coalesce(b.balance, 0) AS amount
        FROM chargebacks c CROSS JOIN LATERAL shares_of_chargeback(c) s
        LEFT JOIN ledger.account a ON a.owner = s.order_id::text AND a.kind = 'escrow' AND a.currency = c.currency
        LEFT JOIN ledger.balance b ON b.account_id = a.id
        WHERE c.payer_id = p_user AND c.state <> 'won' AND c.carried IS DISTINCT FROM 'lost'
        UNION ALL
        SELECT c.currency::text, s.order_id, s.sellers
        FROM chargebacks c CROSS JOIN LATERAL shares_of_chargeback(c) s
        WHERE c.seller_id = p_user AND c.state <> 'won' AND c.carried IS DISTINCT FROM 'lost'
    ), kept AS (
        SELECT s.currency, sum(s.amount) AS amount, sum(least(s.amount, coalesce(u.amount, 0))) AS clears_too
        FROM share s
        LEFT JOIN ledger.tx t ON t.order_id = s.order_id AND t.kind IN ('release', 'split')
        LEFT JOIN uncleared u ON u.tx_id = t.id AND u.user_id = p_user AND u.clears_at > p_at
        WHERE s.amount > 0 GROUP BY s.currency
    ), clears AS (
        SELECT u.currency::text AS currency, sum(u.amount) AS amount, max(u.clears_at) AS until FROM uncleared u
        WHERE u.user_id = p_user AND u.clears_at > p_at GROUP BY u.currency
    )
    SELECT currency, (coalesce(c.amount, 0) - coalesce(k.clears_too, 0))::bigint, c.until,
           coalesce(k.amount, 0)::bigint
    FROM clears c FULL JOIN kept k USING (currency) ORDER BY currency
$$;

REVOKE ALL ON FUNCTION withheld(text, timestamptz) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION withheld(text, timestamptz) TO sequestre_app;
