-- What has been written stays as it is (LG002).
CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'LG002';
END $$;

REVOKE ALL ON FUNCTION ledger.refuse_change() FROM PUBLIC, sequestre_app;
