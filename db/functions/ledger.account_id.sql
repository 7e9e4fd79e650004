-- The account's id; it is opened where it was not there yet, with a balance where it has a floor.
CREATE OR REPLACE FUNCTION ledger.account_id(p_account jsonb, p_currency text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM ledger.account
    WHERE owner = p_account->>'owner' AND kind = p_account->>'kind' AND currency = p_currency;
    IF v_id IS NOT NULL THEN
        RETURN v_id;
    END IF;
    INSERT INTO ledger.account (kind, owner, currency)
    VALUES (p_account->>'kind', p_account->>'owner', p_currency)
    ON CONFLICT DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NULL THEN -- somebody else opened it just now
        SELECT id INTO v_id FROM ledger.account
        WHERE owner = p_account->>'owner' AND kind = p_account->>'kind' AND currency = p_currency;
    ELSIF p_account->>'kind' IN ('wallet', 'escrow', 'payout_pending') THEN
        INSERT INTO ledger.balance (account_id) VALUES (v_id);
    END IF;
    RETURN v_id;
END $$;

REVOKE ALL ON FUNCTION ledger.account_id(jsonb, text) FROM PUBLIC, sequestre_app;
