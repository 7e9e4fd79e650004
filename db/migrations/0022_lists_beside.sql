-- What lists look orders and requests up by changes while these live, and an index on it has each change
-- write the wide row anew in every index. It stands in two narrow tables beside them, which triggers keep:
-- processes of before write as they did, and the lists are exact all the same. 0023 takes the old indexes away.

-- In the order in which steps lock them. Reading goes on.
LOCK TABLE orders, requests IN SHARE ROW EXCLUSIVE MODE;

-- Requests that nobody has decided, when their signals are due (again), and who asks.
CREATE TABLE undecided (
    order_id    uuid NOT NULL,
    request_id  text NOT NULL,
    actor_id    text,
    next_signal timestamptz,
    PRIMARY KEY (order_id, request_id)
);

-- Each order as lists look for it: whether its workflow was seen to start, whether it is disputed, when
-- it ended and as what it counts for its seller.
CREATE TABLE listed_orders (
    order_id   uuid NOT NULL,
    seller_id  text NOT NULL,
    created_at timestamptz NOT NULL,
    started    boolean NOT NULL,
    disputed   boolean NOT NULL,
    ended_at   timestamptz,
    counts_as  text
);

INSERT INTO undecided (order_id, request_id, actor_id, next_signal)
SELECT order_id, request_id, actor_id, next_signal FROM requests WHERE outcome IS NULL;

INSERT INTO listed_orders (order_id, seller_id, created_at, started, disputed, ended_at, counts_as)
SELECT id, seller_id, created_at, started_at IS NOT NULL, state = 'disputed',
       CASE WHEN state IN ('completed', 'cancelled', 'settled') THEN updated_at END,
       CASE WHEN state IN ('completed', 'cancelled', 'settled')
            THEN doc->'outcome'->>'counts_as' END
FROM orders;

CREATE INDEX undecided_by_signal ON undecided (next_signal);
ALTER TABLE listed_orders ADD PRIMARY KEY (order_id);
CREATE INDEX listed_orders_not_started ON listed_orders (created_at) WHERE NOT started;
CREATE INDEX listed_orders_in_dispute ON listed_orders (order_id) WHERE disputed;
CREATE INDEX listed_orders_that_count ON listed_orders (seller_id, ended_at DESC, order_id DESC)
    INCLUDE (counts_as) WHERE counts_as IS NOT NULL;

CREATE FUNCTION queue_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND NEW.outcome IS NULL THEN
        INSERT INTO undecided (order_id, request_id, actor_id, next_signal)
        VALUES (NEW.order_id, NEW.request_id, NEW.actor_id, NEW.next_signal)
        ON CONFLICT (order_id, request_id) DO UPDATE
        SET actor_id = excluded.actor_id, next_signal = excluded.next_signal;
    ELSIF TG_OP <> 'INSERT' AND OLD.outcome IS NULL THEN
        DELETE FROM undecided WHERE order_id = OLD.order_id AND request_id = OLD.request_id;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION queue_request() FROM PUBLIC;

CREATE FUNCTION list_order() RETURNS trigger
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
REVOKE EXECUTE ON FUNCTION list_order() FROM PUBLIC;

CREATE TRIGGER queued AFTER INSERT OR UPDATE OR DELETE ON requests
    FOR EACH ROW EXECUTE FUNCTION queue_request();
CREATE TRIGGER listed AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION list_order();
-- Most steps change nothing of it, and fire nothing.
CREATE TRIGGER listed_anew AFTER UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.seller_id, OLD.created_at, OLD.started_at IS NULL, OLD.state = 'disputed')
          IS DISTINCT FROM
          (NEW.seller_id, NEW.created_at, NEW.started_at IS NULL, NEW.state = 'disputed')
          OR ((OLD.state IN ('completed', 'cancelled', 'settled')
               OR NEW.state IN ('completed', 'cancelled', 'settled'))
              AND (OLD.state, OLD.updated_at, OLD.doc)
                  IS DISTINCT FROM (NEW.state, NEW.updated_at, NEW.doc)))
    EXECUTE FUNCTION list_order();

-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE requests ENABLE ALWAYS TRIGGER queued;
ALTER TABLE orders ENABLE ALWAYS TRIGGER listed;
ALTER TABLE orders ENABLE ALWAYS TRIGGER listed_anew;

GRANT SELECT ON undecided, listed_orders TO sequestre_app;
