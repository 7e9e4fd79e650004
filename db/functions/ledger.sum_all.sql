-- Sums the movements that are not summed yet, one currency at most, so that nobody waits for long; gives
-- whether there were any.
CREATE OR REPLACE FUNCTION ledger.sum_all() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_currency text;
BEGIN
    FOR v_currency IN SELECT DISTINCT currency FROM ledger.unsummed ORDER BY currency LOOP
        PERFORM ledger.sum_up(v_currency);
        RETURN true;
    END LOOP;
    RETURN false;
END $$;

REVOKE ALL ON FUNCTION ledger.sum_all() FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.sum_all() TO sequestre_app;
