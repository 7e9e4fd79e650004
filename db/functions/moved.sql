-- An instant of the machine's clock (now, say) as the stack's own clock shows it. They are the same but on a
-- stack whose clock can be moved: there it is ahead, or stands still while it is being moved. What a deadline
-- brings on the way happens at the deadline's own instant: the transaction says so in `sequestre.instant`.
CREATE OR REPLACE FUNCTION moved(p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce((SELECT coalesce(nullif(current_setting('sequestre.instant', true), '')::timestamptz,
                                     c.stands_at, p_at + c.shift)
                     FROM public.test_clock c), p_at);
END $$;

REVOKE ALL ON FUNCTION moved(timestamptz) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION moved(timestamptz) TO sequestre_app;
