-- The deadline that passed first is found along an index: it stands in `sought_orders`, which changes with each step
-- anyway, for none may name it in the wide rows (0023). Of orders that have ended there is none to fill in.

-- As steps lock it. Who looks for orders by their state waits meanwhile.
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE sought_orders ADD COLUMN deadline_at timestamptz;
UPDATE sought_orders s SET deadline_at = o.deadline_at FROM orders o
WHERE o.id = s.order_id AND s.state NOT IN ('completed', 'cancelled', 'settled') AND o.deadline_at IS NOT NULL;
CREATE INDEX sought_orders_by_deadline ON sought_orders (deadline_at) WHERE deadline_at IS NOT NULL;

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

CREATE OR REPLACE TRIGGER sought_anew AFTER UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.buyer_id, OLD.seller_id, OLD.state, OLD.created_at, OLD.updated_at, OLD.deadline_at)
          IS DISTINCT FROM
          (NEW.buyer_id, NEW.seller_id, NEW.state, NEW.created_at, NEW.updated_at, NEW.deadline_at))
    EXECUTE FUNCTION seek_order();
ALTER TABLE orders ENABLE ALWAYS TRIGGER sought_anew;
