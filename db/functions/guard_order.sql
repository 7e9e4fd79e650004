-- A final order stays as it is, and its escrow is shut and empty.
CREATE OR REPLACE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Refused attempts are still counted, and a late start of its workflow noted.
    IF TG_OP = 'UPDATE' AND OLD.state IN ('completed', 'cancelled', 'settled')
       AND to_jsonb(NEW) - 'events' - 'started_at' <> to_jsonb(OLD) - 'events' - 'started_at' THEN
        RAISE EXCEPTION 'order % is final', OLD.id USING ERRCODE = 'LG004';
    END IF;
    IF NEW.state IN ('completed', 'cancelled', 'settled') AND NOT EXISTS (
        SELECT FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
        WHERE a.owner = NEW.id::text AND a.kind = 'escrow' AND b.closed
    ) THEN
        RAISE EXCEPTION 'order % ends with an open escrow', NEW.id USING ERRCODE = 'LG005';
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION guard_order() FROM PUBLIC, sequestre_app;
