-- What was done to bring an order and its workflow together again: written before it is done, never
-- changed. Beside the order's journal, which tells of the order's own steps and of its people.

CREATE TABLE repairs (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    by       text NOT NULL CHECK (length(by) BETWEEN 1 AND 100),
    finding  text NOT NULL,
    remedy   text NOT NULL
);
CREATE INDEX repairs_of_order ON repairs (order_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON repairs
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON repairs
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE repairs ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE repairs ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON repairs TO sequestre_app;
GRANT INSERT (order_id, by, finding, remedy) ON repairs TO sequestre_app;
