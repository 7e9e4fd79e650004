-- A final order stays as it is, and all that it ever had in escrow is shut and empty; of one that runs
-- none is.
CREATE OR REPLACE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_open bigint;
    v_shut bigint;
BEGIN
    -- Refused attempts are still counted, and a late start of its workflow noted.
    IF TG_OP = 'UPDATE' AND OLD.state IN ('completed', 'cancelled', 'settled')
       AND to_jsonb(NEW) - 'events' - 'started_at' <> to_jsonb(OLD) - 'events' - 'started_at' THEN
        RAISE EXCEPTION 'order % is final', OLD.id USING ERRCODE = 'LG004';
    END IF;
    -- In every currency: one that is shut does not answer for another.
    SELECT count(*) FILTER (WHERE b.closed IS NOT TRUE), count(*) FILTER (WHERE b.closed)
    INTO v_open, v_shut
    FROM ledger.account a LEFT JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.owner = NEW.id::text AND a.kind = 'escrow';
    IF NEW.state IN ('completed', 'cancelled', 'settled') AND (v_open > 0 OR v_shut = 0) THEN
        RAISE EXCEPTION 'order % ends with an open escrow', NEW.id USING ERRCODE = 'LG005';
    END IF;
    IF NEW.state NOT IN ('completed', 'cancelled', 'settled') AND v_shut > 0 THEN
        RAISE EXCEPTION 'order % goes on with a shut escrow', NEW.id USING ERRCODE = 'LG005';
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION guard_order() FROM PUBLIC, sequestre_app;
