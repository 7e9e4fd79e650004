-- Adds up at most so many of the changes that are not added up yet; gives whether there may be more. Two that do so
-- at a time take each change once: who comes second finds it gone.
CREATE OR REPLACE FUNCTION add_up_states(p_most integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_taken integer;
BEGIN
    WITH gone AS (
        DELETE FROM uncounted_states
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM uncounted_states LIMIT p_most))
        RETURNING state, change
    ), moved AS (
        SELECT state, sum(change) AS change, count(*) AS changes FROM gone GROUP BY state
    ), added AS (
        INSERT INTO counted_states AS c (state, orders)
        SELECT state, change FROM moved ORDER BY state
        ON CONFLICT (state) DO UPDATE SET orders = c.orders + excluded.orders
    )
    SELECT coalesce(sum(changes), 0) INTO v_taken FROM moved;
    RETURN v_taken >= p_most;
END $$;

REVOKE ALL ON FUNCTION add_up_states(integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION add_up_states(integer) TO sequestre_app;
