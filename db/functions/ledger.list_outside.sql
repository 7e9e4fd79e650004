-- Has each posting that belongs to no order stand in `ledger.outside`, whoever writes it.
CREATE OR REPLACE FUNCTION ledger.list_outside() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.outside WHERE tx_id = NEW.id) THEN
        INSERT INTO ledger.outside (tx_id, id, kind, user_id)
        SELECT NEW.id, CASE WHEN EXISTS (SELECT FROM ledger.outside
                                         WHERE id = ledger.transfer_id(NEW.key))
                            THEN md5(NEW.key)::uuid ELSE ledger.transfer_id(NEW.key) END,
               NEW.kind, a.owner
        FROM ledger.transfer x
        LEFT JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id) AND a.kind = 'wallet'
        WHERE x.tx_id = NEW.id AND x.leg = 1
        ORDER BY a.id = x.credit_id DESC LIMIT 1;
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger.list_outside() FROM PUBLIC, sequestre_app;
