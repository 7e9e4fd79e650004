-- What an account with a floor holds is looked up in its balance; without one it would know no
-- floor (LG002).
CREATE OR REPLACE FUNCTION ledger.refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% loses nothing', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'LG002';
END $$;

REVOKE ALL ON FUNCTION ledger.refuse_removal() FROM PUBLIC, sequestre_app;
