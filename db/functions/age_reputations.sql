-- Counts no longer for up to p_most sellers what ended more than 180 days ago, and says whether there may be
-- more of them. Whom somebody else has in hand is left to them.
CREATE OR REPLACE FUNCTION age_reputations(p_most integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_from timestamptz := moved(clock_timestamp()) - interval '180 days';
    v_most integer := greatest(least(p_most, 1000), 1);
    v_aged integer := 0;
    v_due  reputations;
BEGIN
    FOR v_due IN
        SELECT * FROM reputations WHERE oldest_at < v_from
        ORDER BY oldest_at LIMIT v_most FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        UPDATE reputations r
        SET completed = r.completed - gone.completed, cancelled = r.cancelled - gone.cancelled,
            counted_from = v_from,
            oldest_at = (SELECT l.ended_at FROM listed_orders l
                         WHERE l.seller_id = v_due.seller_id AND l.counts_as IS NOT NULL
                           AND l.ended_at >= v_from ORDER BY l.ended_at LIMIT 1)
        FROM (SELECT count(*) FILTER (WHERE counts_as = 'completed') AS completed,
                     count(*) FILTER (WHERE counts_as = 'cancelled') AS cancelled
              FROM listed_orders
              WHERE seller_id = v_due.seller_id AND counts_as IS NOT NULL
                AND ended_at >= v_due.counted_from AND ended_at < v_from) AS gone
        WHERE r.seller_id = v_due.seller_id;
        PERFORM list_by_reputation(v_due.seller_id);
        v_aged := v_aged + 1;
    END LOOP;
    RETURN v_aged = v_most;
END $$;

REVOKE ALL ON FUNCTION age_reputations(integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION age_reputations(integer) TO sequestre_app;
