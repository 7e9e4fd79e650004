-- A posting that moves nothing is refused at the end of its transaction (LG003).
CREATE OR REPLACE FUNCTION ledger.demand_legs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.transfer WHERE tx_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction % moves nothing', NEW.key USING ERRCODE = 'LG003';
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger.demand_legs() FROM PUBLIC, sequestre_app;
