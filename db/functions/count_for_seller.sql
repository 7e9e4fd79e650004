-- Counts an ended order for its seller (p_sign 1), or counts it no more (-1). What ended before the instant
-- from which the seller's orders are counted has fallen out of the count.
CREATE OR REPLACE FUNCTION count_for_seller(p_seller text, p_ended_at timestamptz, p_as text, p_sign integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reputations (seller_id, counted_from)
    VALUES (p_seller, moved(clock_timestamp()) - interval '180 days') ON CONFLICT DO NOTHING;
    -- `oldest_at` may be too early, which costs a look, and never too late.
    UPDATE reputations r
    SET completed = r.completed + p_sign * (p_as = 'completed')::integer,
        cancelled = r.cancelled + p_sign * (p_as = 'cancelled')::integer,
        oldest_at = least(r.oldest_at, p_ended_at)
    WHERE r.seller_id = p_seller AND r.counted_from <= p_ended_at;
    IF FOUND THEN
        PERFORM list_by_reputation(p_seller);
    END IF;
END $$;

REVOKE ALL ON FUNCTION count_for_seller(text, timestamptz, text, integer) FROM PUBLIC, sequestre_app;
