-- Beyond which number everything on an order begins that was placed at p_since: 0, unless it has come through
-- a restoration.
CREATE OR REPLACE FUNCTION numbers_beyond(p_since timestamptz) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(base), 0) FROM public.restorations WHERE at >= p_since
$$;

REVOKE ALL ON FUNCTION numbers_beyond(timestamptz) FROM PUBLIC, sequestre_app;
