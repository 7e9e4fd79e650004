-- How many orders the planner expects to have these words in their title, without a look at any.
CREATE OR REPLACE FUNCTION titles_expected(p_query text) RETURNS float8
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_plan jsonb;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM orders WHERE title_words(title) @@ %L::tsquery', p_query)
    INTO v_plan;
    RETURN (v_plan->0->'Plan'->>'Plan Rows')::float8;
END $$;

REVOKE ALL ON FUNCTION titles_expected(text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION titles_expected(text) TO sequestre_app;
