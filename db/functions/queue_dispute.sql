-- Keeps the row that an order has in `disputed_orders` while it is disputed, whoever writes there. Where nobody
-- can read since when, it is taken to be as old as the order.
CREATE OR REPLACE FUNCTION queue_dispute() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_opened_at text;
BEGIN
    IF TG_OP = 'DELETE' OR NEW.state <> 'disputed' THEN
        DELETE FROM disputed_orders WHERE order_id = OLD.id;
        RETURN NULL;
    END IF;
    v_opened_at := NEW.doc->'dispute'->>'opened_at';
    INSERT INTO disputed_orders (order_id, opened_at)
    VALUES (NEW.id, CASE WHEN pg_input_is_valid(v_opened_at, 'timestamptz')
                         THEN v_opened_at::timestamptz ELSE NEW.created_at END)
    ON CONFLICT (order_id) DO UPDATE SET opened_at = excluded.opened_at;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION queue_dispute() FROM PUBLIC, sequestre_app;
