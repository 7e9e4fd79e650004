-- An answer is written once: who asks again is told the same for ever (LG002).
CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what %.% keeps is written once', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'LG002';
END $$;

REVOKE ALL ON FUNCTION refuse_rewriting() FROM PUBLIC, sequestre_app;
