-- Refuses a notice or a delivery that tells of no step (by its number) and of no message (by minus its
-- number) of its order. Neither is ever removed.
CREATE OR REPLACE FUNCTION demand_what_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq > 0 THEN
        PERFORM FROM public.events WHERE order_id = NEW.order_id AND seq = NEW.seq;
    ELSE
        PERFORM FROM public.messages WHERE order_id = NEW.order_id AND number = -NEW.seq;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%.% tells of nothing that there is', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION demand_what_is_told() FROM PUBLIC, sequestre_app;
