-- Orders as operators and programs look for them: by state, and by what changed since. Both change with each
-- step, so that no index of the wide rows may name them: they stand in a narrow table beside these, which a
-- trigger keeps whoever writes (as in 0022). Names are compared by their bytes, which is how they are exact.

-- As steps lock it. Reading goes on.
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE sought_orders (
    order_id   uuid NOT NULL,
    buyer_id   text COLLATE "C" NOT NULL,
    seller_id  text COLLATE "C" NOT NULL,
    state      text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

INSERT INTO sought_orders (order_id, buyer_id, seller_id, state, created_at, updated_at)
SELECT id, buyer_id, seller_id, state, created_at, updated_at FROM orders;

ALTER TABLE sought_orders ADD PRIMARY KEY (order_id);
CREATE INDEX sought_orders_by_state ON sought_orders (state, created_at DESC, order_id DESC);
CREATE INDEX sought_orders_by_change ON sought_orders (updated_at, order_id);
CREATE INDEX sought_orders_of_buyer ON sought_orders (buyer_id, updated_at, order_id);
CREATE INDEX sought_orders_of_seller ON sought_orders (seller_id, updated_at, order_id);

CREATE FUNCTION seek_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM sought_orders WHERE order_id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO sought_orders (order_id, buyer_id, seller_id, state, created_at, updated_at)
    VALUES (NEW.id, NEW.buyer_id, NEW.seller_id, NEW.state, NEW.created_at, NEW.updated_at)
    ON CONFLICT (order_id) DO UPDATE
    SET buyer_id = excluded.buyer_id, seller_id = excluded.seller_id, state = excluded.state,
        created_at = excluded.created_at, updated_at = excluded.updated_at;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION seek_order() FROM PUBLIC;

CREATE TRIGGER sought AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION seek_order();
-- An attempt that was refused changes nothing of it, and fires nothing.
CREATE TRIGGER sought_anew AFTER UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.buyer_id, OLD.seller_id, OLD.state, OLD.created_at, OLD.updated_at)
          IS DISTINCT FROM
          (NEW.buyer_id, NEW.seller_id, NEW.state, NEW.created_at, NEW.updated_at))
    EXECUTE FUNCTION seek_order();
-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE orders ENABLE ALWAYS TRIGGER sought;
ALTER TABLE orders ENABLE ALWAYS TRIGGER sought_anew;

GRANT SELECT ON sought_orders TO sequestre_app;
