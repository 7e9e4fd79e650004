-- Has each step of an order stand in the feed, whoever writes it.
CREATE OR REPLACE FUNCTION feed_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM append_to_feed('step', NEW.order_id, NEW.seq, coalesce(NEW.event, ''));
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION feed_step() FROM PUBLIC, sequestre_app;
