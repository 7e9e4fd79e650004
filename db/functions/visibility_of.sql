-- How far up the services of a seller are listed of whom so many orders count as completed and as cancelled:
-- as `domain/reputation.py` says it.
CREATE OR REPLACE FUNCTION visibility_of(p_completed bigint, p_cancelled bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_completed + p_cancelled < 5 THEN 1.0
                WHEN p_completed * 100 >= (p_completed + p_cancelled) * 90 THEN 1.0
                WHEN p_completed * 100 >= (p_completed + p_cancelled) * 85 THEN 0.8
                ELSE 0.5 END::float8
$$;

REVOKE ALL ON FUNCTION visibility_of(bigint, bigint) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION visibility_of(bigint, bigint) TO sequestre_app;
