-- What operators watch of money: orders that come near the limit for holding it stand in `sought_orders` by their last
-- safe instant, which only their documents say; events of a provider that are not applied and payouts that it does
-- not give back are found along an index. Of orders that have ended there is nothing to fill in.

-- When a payment is looked at next. It is kept where the clock can be moved, for whoever moves it: elsewhere the
-- workflow that waits knows it alone.
ALTER TABLE pay_ins ADD COLUMN IF NOT EXISTS next_look timestamptz;
ALTER TABLE payouts ADD COLUMN IF NOT EXISTS next_look timestamptz;
GRANT UPDATE (next_look) ON pay_ins, payouts TO sequestre_app;

CREATE INDEX IF NOT EXISTS provider_events_not_applied ON provider_events (received_at) WHERE outcome IS NULL;
CREATE INDEX IF NOT EXISTS payouts_stuck ON payouts (created_at)
    WHERE reason IS NOT NULL AND state IN ('pending', 'paid');

-- As steps lock it. Who looks for orders by their state waits meanwhile.
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE sought_orders ADD COLUMN last_safe_at timestamptz;
UPDATE sought_orders s SET last_safe_at = (o.doc->'holding'->>'last_safe_at')::timestamptz FROM orders o
WHERE o.id = s.order_id AND s.state NOT IN ('completed', 'cancelled', 'settled')
  AND pg_input_is_valid(o.doc->'holding'->>'last_safe_at', 'timestamptz');
CREATE INDEX sought_orders_by_last_safe ON sought_orders (last_safe_at) WHERE last_safe_at IS NOT NULL;

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

CREATE OR REPLACE TRIGGER sought_anew AFTER UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.buyer_id, OLD.seller_id, OLD.state, OLD.created_at, OLD.updated_at, OLD.deadline_at)
          IS DISTINCT FROM
          (NEW.buyer_id, NEW.seller_id, NEW.state, NEW.created_at, NEW.updated_at, NEW.deadline_at)
          OR OLD.doc->'holding'->>'last_safe_at' IS DISTINCT FROM NEW.doc->'holding'->>'last_safe_at')
    EXECUTE FUNCTION seek_order();
ALTER TABLE orders ENABLE ALWAYS TRIGGER sought_anew;
