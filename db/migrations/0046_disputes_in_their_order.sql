-- Disputes stand in the order of their queue, by when they were opened, which only their documents say.

-- As steps lock it. Reading goes on.
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE disputed_orders (
    order_id  uuid PRIMARY KEY,
    opened_at timestamptz NOT NULL
);

INSERT INTO disputed_orders (order_id, opened_at)
SELECT o.id, CASE WHEN pg_input_is_valid(o.doc->'dispute'->>'opened_at', 'timestamptz')
                  THEN (o.doc->'dispute'->>'opened_at')::timestamptz ELSE o.created_at END
FROM listed_orders l JOIN orders o ON o.id = l.order_id WHERE l.disputed;

CREATE INDEX disputed_orders_in_order ON disputed_orders (opened_at, order_id);

CREATE FUNCTION queue_dispute() RETURNS trigger
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
REVOKE EXECUTE ON FUNCTION queue_dispute() FROM PUBLIC;

CREATE TRIGGER disputed AFTER INSERT ON orders FOR EACH ROW
    WHEN (NEW.state = 'disputed') EXECUTE FUNCTION queue_dispute();
CREATE TRIGGER disputed_anew AFTER UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.state = 'disputed' OR NEW.state = 'disputed')
          AND (OLD.state, OLD.created_at, OLD.doc->'dispute'->>'opened_at')
              IS DISTINCT FROM (NEW.state, NEW.created_at, NEW.doc->'dispute'->>'opened_at'))
    EXECUTE FUNCTION queue_dispute();
CREATE TRIGGER disputed_no_more AFTER DELETE ON orders FOR EACH ROW
    WHEN (OLD.state = 'disputed') EXECUTE FUNCTION queue_dispute();
-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE orders ENABLE ALWAYS TRIGGER disputed;
ALTER TABLE orders ENABLE ALWAYS TRIGGER disputed_anew;
ALTER TABLE orders ENABLE ALWAYS TRIGGER disputed_no_more;

GRANT SELECT ON disputed_orders TO sequestre_app;
