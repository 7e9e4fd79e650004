-- Gives up to p_most of the happenings that have committed and wait for it their numbers, and says whether
-- more wait. Whoever calls it does so outside a transaction: the lock is held for this one statement.
--
-- A number is given under the lock, after all before it were committed: who has read up to a number has
-- read all that will ever stand before it. The next one is looked up and not drawn, so that nothing that
-- breaks off, and no copy of the database, leaves a gap or gives one twice.
CREATE OR REPLACE FUNCTION number_feed(p_most integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_most  integer := greatest(least(p_most, 5000), 1);
    v_first unnumbered;
    v_ids   bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM unnumbered) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(98913664); -- of the feed's numbers alone
    SELECT * INTO v_first FROM unnumbered ORDER BY id LIMIT 1;
    IF v_first.source = 'past' THEN
        PERFORM gather_past(v_first);
        RETURN true;
    END IF;
    -- What is older than the feed comes first, in order of time; then each as it was written down.
    v_ids := ARRAY(SELECT id FROM unnumbered WHERE past_at IS NOT NULL
                   ORDER BY past_at, order_id, ref LIMIT v_most);
    IF cardinality(v_ids) = 0 THEN
        v_ids := ARRAY(SELECT id FROM unnumbered ORDER BY id LIMIT v_most);
    END IF;
    WITH taken AS (
        DELETE FROM unnumbered WHERE id = ANY (v_ids) RETURNING *
    ), fresh AS ( -- what the past brought in has been there before, or a replica's own triggers did it
        SELECT DISTINCT ON (t.order_id, t.source, t.ref) t.order_id, t.source, t.ref, t.type, place
        FROM taken t JOIN unnest(v_ids) WITH ORDINALITY AS o (id, place) USING (id)
        WHERE NOT EXISTS (SELECT FROM feed f WHERE f.order_id = t.order_id AND f.source = t.source
                                               AND f.ref = t.ref)
        ORDER BY t.order_id, t.source, t.ref, place
    )
    INSERT INTO feed (number, source, order_id, ref, type)
    SELECT (SELECT coalesce(max(number), 0) FROM feed) + row_number() OVER (ORDER BY place),
           source, order_id, ref, type
    FROM fresh;
    RETURN EXISTS (SELECT FROM unnumbered);
END $$;

REVOKE ALL ON FUNCTION number_feed(integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION number_feed(integer) TO sequestre_app;
