-- What tells where this database stands: the server, its timeline, and the table as it was created here. A
-- dump that is restored has another table, a recovery in time another timeline. Where the server does not
-- tell, the table alone; null on a standby.
CREATE OR REPLACE FUNCTION server_mark() RETURNS text LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN NULL;
    END IF;
    RETURN format('%s-%s-%s', (SELECT system_identifier FROM pg_control_system()),
                  substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), 'restorations'::regclass::oid);
EXCEPTION WHEN insufficient_privilege OR feature_not_supported THEN -- of a server that somebody else runs
    RETURN 'restorations'::regclass::oid;
END $$;

REVOKE ALL ON FUNCTION server_mark() FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION server_mark() TO sequestre_app;
