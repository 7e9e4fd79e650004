-- Keeps a clock that can be moved from going back, and each of its readings numbered. The row that makes
-- it one stays: without it all would be years ago.
CREATE OR REPLACE FUNCTION guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- It has gone on since this statement began, by as much as nobody minds.
    IF TG_OP = 'UPDATE' AND coalesce(NEW.stands_at, clock_timestamp() + NEW.shift)
                            >= coalesce(OLD.stands_at, statement_timestamp() + OLD.shift)
       AND NEW.moves > OLD.moves THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'time does not go back' USING ERRCODE = 'LG008';
END $$;

REVOKE ALL ON FUNCTION guard_clock() FROM PUBLIC, sequestre_app;
