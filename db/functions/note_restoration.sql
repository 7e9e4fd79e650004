-- Notes that this database went back to what a backup had, where its place is another than it was or whoever
-- calls knows it (p_anyway), and has everything that is numbered from now on begin beyond what was given
-- before. Gives the restoration's number, or null where there was none.
CREATE OR REPLACE FUNCTION note_restoration(p_anyway boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_mark     text := server_mark();
    v_number   integer;
    v_base     integer;
    v_sequence record;
BEGIN
    IF NOT p_anyway AND v_mark IS NOT DISTINCT FROM (SELECT mark FROM schema_place) THEN
        RETURN NULL;
    END IF;
    -- Nothing is written meanwhile: it is numbered before this or after it. In the order in which steps lock.
    LOCK TABLE ledger.tx, events, messages IN SHARE ROW EXCLUSIVE MODE;
    WHILE number_feed(5000) LOOP -- what came through stands before what comes
        NULL;
    END LOOP;
    -- The seconds since 2026 by the machine's own clock, and not a count: whoever restores the same backup twice
    -- goes on beyond what was given after the first time, of which nothing is left here.
    SELECT coalesce(max(number), 0) + 1,
           greatest(extract(epoch FROM clock_timestamp() - '2026-01-01 00:00:00Z')::integer, max(base) + 1, 1)
    INTO v_number, v_base FROM restorations;
    INSERT INTO restorations (number, base, at, feed_number)
    VALUES (v_number, v_base,
            -- Every order that is there was placed before it, whatever the clock of the server of before said.
            greatest(moved(clock_timestamp()), (SELECT max(created_at) FROM orders)),
            (SELECT coalesce(max(number), 0) FROM feed));
    FOR v_sequence IN SELECT format('%I.%I', schemaname, sequencename) AS name,
                             coalesce(last_value, 0) AS reached
                      FROM pg_sequences WHERE schemaname IN ('public', 'ledger') LOOP
        PERFORM setval(v_sequence.name, greatest(v_sequence.reached, v_base * 1000000::bigint));
    END LOOP;
    INSERT INTO schema_place (mark) VALUES (v_mark)
    ON CONFLICT (is_only) DO UPDATE SET mark = excluded.mark;
    RETURN v_number;
END $$;

REVOKE ALL ON FUNCTION note_restoration(boolean) FROM PUBLIC, sequestre_app;
