-- What those who operate the marketplace have done: a row with each deed, in its transaction, that nobody changes
-- afterwards. Words that belong to an order stay with it; here is the reason of what is no action on one.

CREATE TABLE operator_journal (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT moved(clock_timestamp()),
    by_id      text NOT NULL,
    roles      text[] NOT NULL, -- as their token showed them; none: it was done past the API, where nobody asked
    deed       text NOT NULL,
    subject    text NOT NULL CHECK (subject IN ('order', 'transfer', 'user', 'endpoint', 'delivery', 'clock', 'list')),
    subject_id text NOT NULL,
    user_id    text, -- whom it concerns beside
    reason     text,
    request_id text -- of an action on an order; else of the call, as the log has it
);
CREATE INDEX deeds_by_age ON operator_journal (at DESC, id DESC);
CREATE INDEX deeds_of_operator ON operator_journal (by_id, at DESC, id DESC);
CREATE INDEX deeds_of_kind ON operator_journal (deed, at DESC, id DESC);
CREATE INDEX deeds_to_subject ON operator_journal (subject_id, at DESC, id DESC);
CREATE INDEX deeds_about_user ON operator_journal (user_id, at DESC, id DESC) WHERE user_id IS NOT NULL;
-- What the books have once, and what an order decides once, is once in here.
CREATE UNIQUE INDEX one_deed_per_transfer ON operator_journal (subject_id, deed) WHERE subject = 'transfer';
CREATE UNIQUE INDEX one_deed_per_request ON operator_journal (subject_id, request_id)
    WHERE subject = 'order' AND request_id IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON operator_journal
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON operator_journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE operator_journal ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE operator_journal ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON operator_journal TO sequestre_app;
GRANT INSERT (by_id, roles, deed, subject, subject_id, user_id, reason, request_id) ON operator_journal
    TO sequestre_app; -- neither number nor instant
