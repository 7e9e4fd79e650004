-- Keeps `reputations` as `listed_orders` says, whoever writes there, in the transaction of whatever ends.
CREATE OR REPLACE FUNCTION count_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.counts_as IS NOT NULL THEN
        PERFORM count_for_seller(OLD.seller_id, OLD.ended_at, OLD.counts_as, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.counts_as IS NOT NULL THEN
        PERFORM count_for_seller(NEW.seller_id, NEW.ended_at, NEW.counts_as, 1);
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION count_ended() FROM PUBLIC, sequestre_app;
