-- Keeps the row that an order has in `listed_orders` as its own says, whoever writes there.
CREATE OR REPLACE FUNCTION list_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM listed_orders WHERE order_id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO listed_orders (order_id, seller_id, created_at, started, disputed, ended_at, counts_as)
    VALUES (NEW.id, NEW.seller_id, NEW.created_at, NEW.started_at IS NOT NULL,
            NEW.state = 'disputed',
            CASE WHEN NEW.state IN ('completed', 'cancelled', 'settled') THEN NEW.updated_at END,
            CASE WHEN NEW.state IN ('completed', 'cancelled', 'settled')
                 THEN NEW.doc->'outcome'->>'counts_as' END)
    ON CONFLICT (order_id) DO UPDATE
    SET seller_id = excluded.seller_id, created_at = excluded.created_at,
        started = excluded.started, disputed = excluded.disputed,
        ended_at = excluded.ended_at, counts_as = excluded.counts_as;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION list_order() FROM PUBLIC, sequestre_app;
