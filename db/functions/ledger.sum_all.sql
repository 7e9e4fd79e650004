-- Sums the movements that are not summed yet, of the one currency that has most of them, so that nobody waits for
-- long and none is left behind; gives whether there were any.
CREATE OR REPLACE FUNCTION ledger.sum_all() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_currency text;
BEGIN
    SELECT currency INTO v_currency FROM ledger.unsummed
    GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1;
    IF v_currency IS NULL THEN
        RETURN false;
    END IF;
    PERFORM ledger.sum_up(v_currency);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION ledger.sum_all() FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.sum_all() TO sequestre_app;
