-- Keeps the row that an order has in `sought_orders` as its own says, whoever writes there.
CREATE OR REPLACE FUNCTION seek_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM sought_orders WHERE order_id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO sought_orders (order_id, buyer_id, seller_id, state, created_at, updated_at, deadline_at)
    VALUES (NEW.id, NEW.buyer_id, NEW.seller_id, NEW.state, NEW.created_at, NEW.updated_at,
            NEW.deadline_at)
    ON CONFLICT (order_id) DO UPDATE
    SET buyer_id = excluded.buyer_id, seller_id = excluded.seller_id, state = excluded.state,
        created_at = excluded.created_at, updated_at = excluded.updated_at,
        deadline_at = excluded.deadline_at;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION seek_order() FROM PUBLIC, sequestre_app;
