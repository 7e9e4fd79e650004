-- Keeps the row that an order has in `sought_orders` as its own says, whoever writes there. Its last safe instant only
-- its document says: one that cannot be read must not end a step.
CREATE OR REPLACE FUNCTION seek_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_safe_at text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM sought_orders WHERE order_id = OLD.id;
        RETURN NULL;
    END IF;
    v_safe_at := CASE WHEN NEW.state NOT IN ('completed', 'cancelled', 'settled')
                      THEN NEW.doc->'holding'->>'last_safe_at' END;
    INSERT INTO sought_orders (order_id, buyer_id, seller_id, state, created_at, updated_at, deadline_at,
                               last_safe_at)
    VALUES (NEW.id, NEW.buyer_id, NEW.seller_id, NEW.state, NEW.created_at, NEW.updated_at,
            NEW.deadline_at,
            CASE WHEN pg_input_is_valid(v_safe_at, 'timestamptz') THEN v_safe_at::timestamptz END)
    ON CONFLICT (order_id) DO UPDATE
    SET buyer_id = excluded.buyer_id, seller_id = excluded.seller_id, state = excluded.state,
        created_at = excluded.created_at, updated_at = excluded.updated_at,
        deadline_at = excluded.deadline_at, last_safe_at = excluded.last_safe_at;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION seek_order() FROM PUBLIC, sequestre_app;
