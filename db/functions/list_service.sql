-- Keeps the row that a service has in `listed_services` as its own and its seller's reputation say, whoever
-- writes there.
CREATE OR REPLACE FUNCTION list_service() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_visibility float8;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM listed_services WHERE service_id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO reputations (seller_id, counted_from)
    VALUES (NEW.seller_id, moved(clock_timestamp()) - interval '180 days') ON CONFLICT DO NOTHING;
    -- Held, so that no step that changes it overlooks this service.
    SELECT visibility INTO v_visibility FROM reputations WHERE seller_id = NEW.seller_id FOR SHARE;
    INSERT INTO listed_services (service_id, seller_id, archived, visibility, created_at)
    VALUES (NEW.id, NEW.seller_id, NEW.archived_at IS NOT NULL, v_visibility, NEW.created_at)
    ON CONFLICT (service_id) DO UPDATE
    SET seller_id = excluded.seller_id, archived = excluded.archived,
        visibility = excluded.visibility, created_at = excluded.created_at;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION list_service() FROM PUBLIC, sequestre_app;
