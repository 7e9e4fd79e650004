-- Keeps `undecided` as `requests` says, whoever writes there: a request stands in it until it is decided.
CREATE OR REPLACE FUNCTION queue_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND NEW.outcome IS NULL THEN
        INSERT INTO undecided (order_id, request_id, actor_id, next_signal)
        VALUES (NEW.order_id, NEW.request_id, NEW.actor_id, NEW.next_signal)
        ON CONFLICT (order_id, request_id) DO UPDATE
        SET actor_id = excluded.actor_id, next_signal = excluded.next_signal;
    ELSIF TG_OP <> 'INSERT' AND OLD.outcome IS NULL THEN
        DELETE FROM undecided WHERE order_id = OLD.order_id AND request_id = OLD.request_id;
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION queue_request() FROM PUBLIC, sequestre_app;
