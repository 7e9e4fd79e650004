-- An instant that somebody outside has named (until when a bank takes an answer, say), as far ahead of the stack's
-- clock as it is of the machine's. They are the same but on a stack whose clock can be moved.
CREATE OR REPLACE FUNCTION as_far_ahead(p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT public.moved(now()) + make_interval(secs => extract(epoch FROM p_at - now())::float8)
                     FROM public.test_clock), p_at);
END $$;

REVOKE ALL ON FUNCTION as_far_ahead(timestamptz) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION as_far_ahead(timestamptz) TO sequestre_app;
