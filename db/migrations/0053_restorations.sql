-- Whoever follows the feed, a stream or an order by its numbers must never be given one twice, also where the
-- database went back to what a backup had. So each time that this happened is noted, and what is numbered
-- after it begins beyond all that anybody may have been given before (numbers_beyond, note_restoration).

CREATE TABLE restorations (
    number      integer PRIMARY KEY CHECK (number > 0),
    at          timestamptz NOT NULL,
    base        integer NOT NULL CHECK (base > 0), -- beyond which everything is numbered from then on
    feed_number bigint NOT NULL CHECK (feed_number >= 0) -- the last entry of the feed that came through
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON restorations
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON restorations
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE restorations ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE restorations ENABLE ALWAYS TRIGGER no_truncate;

CREATE FUNCTION server_mark() RETURNS text LANGUAGE plpgsql STABLE
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

-- Where the database was when that was last looked at. It comes along in a backup, and is another then.
CREATE TABLE schema_place (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    mark    text NOT NULL
);
INSERT INTO schema_place (mark) SELECT server_mark();

GRANT SELECT ON restorations, schema_place TO sequestre_app;
