-- What an account with a floor holds is looked up in its balance; without one it would know no floor.
-- Accounts cannot go before their transfers, and now a balance does not go either.

CREATE FUNCTION ledger.refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% loses nothing', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'LG002';
END $$;
REVOKE EXECUTE ON FUNCTION ledger.refuse_removal() FROM PUBLIC;

CREATE TRIGGER stays BEFORE DELETE ON ledger.balance
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_removal();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_removal();

-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE ledger.balance ENABLE ALWAYS TRIGGER stays;
ALTER TABLE ledger.balance ENABLE ALWAYS TRIGGER no_truncate;
