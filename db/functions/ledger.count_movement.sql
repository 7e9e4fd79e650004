-- Counts a movement among those that are still to be summed. One out of the commission is summed at once,
-- and refused (`commission_is_earned`) where that was not earned.
CREATE OR REPLACE FUNCTION ledger.count_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_debit text;
BEGIN
    INSERT INTO ledger.unsummed (currency, debit_kind, credit_kind, amount)
    SELECT NEW.currency, d.kind, c.kind, NEW.amount FROM ledger.account d, ledger.account c
    WHERE d.id = NEW.debit_id AND c.id = NEW.credit_id RETURNING debit_kind INTO v_debit;
    IF v_debit = 'commission' THEN
        PERFORM ledger.sum_up(NEW.currency);
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger.count_movement() FROM PUBLIC, sequestre_app;
