-- What people say to each other on an order: rows beside it that move nothing of it. Each conversation
-- numbers its messages without a gap, under the lock of its row: what a reader saw, nothing comes before.

CREATE TABLE conversations (
    order_id uuid PRIMARY KEY REFERENCES orders,
    messages integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70); -- the count has no index: it changes in place

CREATE TABLE messages (
    order_id    uuid NOT NULL,
    number      integer NOT NULL CONSTRAINT numbered CHECK (number > 0),
    at          timestamptz NOT NULL,
    author_id   text NOT NULL,
    author_role text NOT NULL,
    text        text NOT NULL,
    links       text[] NOT NULL,
    weight      integer NOT NULL, -- of text and links as JSON in UTF-8: parts of lists are bounded by it
    after_seq   integer NOT NULL, -- the journal's last entry when it was written
    step        integer NOT NULL, -- and its last step: the order as it was then
    PRIMARY KEY (order_id, number),
    CONSTRAINT written_on_a_step FOREIGN KEY (order_id, step) REFERENCES events (order_id, seq)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON messages
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Who has read how far: unread is what came beyond `up_to`, less the own messages there, so that no read
-- counts rows. And how much somebody may still write: the instant at which all of it has come back.
CREATE TABLE conversation_members (
    order_id   uuid NOT NULL REFERENCES conversations,
    user_id    text NOT NULL,
    up_to      integer NOT NULL DEFAULT 0,
    own_beyond integer NOT NULL DEFAULT 0,
    read_at    timestamptz,
    full_at    timestamptz,
    PRIMARY KEY (order_id, user_id)
) WITH (fillfactor = 70);

GRANT SELECT ON conversations, messages, conversation_members TO sequestre_app;

-- A notice or a delivery tells of a step, by its number, or of a message, by minus its number. What it tells
-- of is never removed, so it is enough to look when it is written. In the order in which steps lock.
LOCK TABLE events, notices, deliveries IN ACCESS EXCLUSIVE MODE;
ALTER TABLE notices DROP CONSTRAINT notices_order_id_seq_fkey;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_order_id_seq_fkey;

CREATE FUNCTION demand_what_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq > 0 THEN
        PERFORM FROM public.events WHERE order_id = NEW.order_id AND seq = NEW.seq;
    ELSE
        PERFORM FROM public.messages WHERE order_id = NEW.order_id AND number = -NEW.seq;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%.% tells of nothing that there is', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION demand_what_is_told() FROM PUBLIC;

CREATE TRIGGER tells_of_something AFTER INSERT OR UPDATE OF order_id, seq ON notices
    FOR EACH ROW EXECUTE FUNCTION demand_what_is_told();
CREATE TRIGGER tells_of_something AFTER INSERT OR UPDATE OF order_id, seq ON deliveries
    FOR EACH ROW EXECUTE FUNCTION demand_what_is_told();

-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE messages ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE messages ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE notices ENABLE ALWAYS TRIGGER tells_of_something;
ALTER TABLE deliveries ENABLE ALWAYS TRIGGER tells_of_something;
