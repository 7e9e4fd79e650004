-- What became of a deed that is noted as it begins: a row, once, that nobody changes afterwards. Of a repair or a
-- termination without one nobody has noted it: it broke off, or comes from before there were such rows.

CREATE TABLE deed_outcomes (
    deed_id bigint PRIMARY KEY REFERENCES operator_journal (id),
    at      timestamptz NOT NULL DEFAULT moved(clock_timestamp()),
    refusal text -- why it was refused; none: it was done
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON deed_outcomes
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON deed_outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE deed_outcomes ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE deed_outcomes ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON deed_outcomes TO sequestre_app;
GRANT INSERT (deed_id, refusal) ON deed_outcomes TO sequestre_app; -- not its instant

-- The same repair in the journal of those who operate, which has its outcome; none: it was noted there before this.
-- harmless: repairs.deed_id, since a process that does not know it leaves it empty
ALTER TABLE repairs ADD COLUMN deed_id bigint REFERENCES operator_journal (id);
GRANT INSERT (deed_id) ON repairs TO sequestre_app;

-- harmless: operator_journal_subject_check, since it allows one subject more than before
ALTER TABLE operator_journal DROP CONSTRAINT operator_journal_subject_check,
    ADD CONSTRAINT operator_journal_subject_check CHECK (subject IN (
        'order', 'transfer', 'user', 'endpoint', 'delivery', 'clock', 'list', 'workflow'));
