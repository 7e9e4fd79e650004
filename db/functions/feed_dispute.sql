-- Has what a payment provider said of a dispute stand in the feed once it is applied, as what it said.
CREATE OR REPLACE FUNCTION feed_dispute() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM append_to_feed('dispute', '00000000-0000-0000-0000-000000000000', NEW.number, 'payment.' || NEW.kind);
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION feed_dispute() FROM PUBLIC, sequestre_app;
