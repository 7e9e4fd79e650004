-- Counts an order out of the state that it was in and into the one that it is in. What this comes to is added up
-- by `add_up_states`: rows that are appended have nobody wait.
CREATE OR REPLACE FUNCTION count_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO uncounted_states (state, change) VALUES (OLD.state, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO uncounted_states (state, change) VALUES (NEW.state, 1);
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION count_state() FROM PUBLIC, sequestre_app;
