-- The number of what is the p_count-th of its kind on an order that was placed at p_since: as it is counted,
-- and a million on for each restoration that the order has come through, since others may have been given
-- the numbers that come next before it.
CREATE OR REPLACE FUNCTION numbered(p_count integer, p_since timestamptz) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT p_count % 1000000 + 1000000 * (SELECT count(*)::integer FROM public.restorations
                                          WHERE at >= p_since)
$$;

REVOKE ALL ON FUNCTION numbered(integer, timestamptz) FROM PUBLIC, sequestre_app;
