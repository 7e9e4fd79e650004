-- Has each posting outside an order stand in the feed, under its kind, whoever writes it.
CREATE OR REPLACE FUNCTION feed_transfer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM append_to_feed('transfer', '00000000-0000-0000-0000-000000000000', NEW.id,
                           'transfer.' || NEW.kind);
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION feed_transfer() FROM PUBLIC, sequestre_app;
