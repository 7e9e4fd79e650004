-- What operators watch is asked for every few seconds, and costs the same however many orders there are: orders by
-- state are counted as they move, and messages that wait are found along an index. As with sums (0025), a change is
-- a narrow row without an index, for which nobody waits, and is added up beside.

-- As steps lock it. Reading goes on.
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE counted_states (
    state  text PRIMARY KEY,
    orders bigint NOT NULL
);

-- By how much the orders in a state are more (1) or fewer (-1), of what is not added up yet.
CREATE TABLE uncounted_states (
    state  text NOT NULL,
    change integer NOT NULL
);

CREATE VIEW state_counts AS
    SELECT state, sum(orders)::bigint AS orders FROM (
        SELECT state, orders FROM counted_states
        UNION ALL SELECT state, change FROM uncounted_states) AS both_of_them
    GROUP BY state;

INSERT INTO counted_states (state, orders) SELECT state, count(*) FROM sought_orders GROUP BY state;

CREATE FUNCTION count_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO uncounted_states (state, change) VALUES (OLD.state, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO uncounted_states (state, change) VALUES (NEW.state, 1);
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION count_state() FROM PUBLIC;

CREATE TRIGGER counted AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION count_state();
CREATE TRIGGER counted_anew AFTER UPDATE ON orders FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION count_state();
-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE orders ENABLE ALWAYS TRIGGER counted;
ALTER TABLE orders ENABLE ALWAYS TRIGGER counted_anew;

CREATE INDEX deliveries_waiting ON deliveries (channel, created_at) WHERE status = 'pending';

GRANT SELECT ON counted_states, uncounted_states, state_counts TO sequestre_app;
