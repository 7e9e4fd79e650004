-- The feed: what has happened to all orders, and what went in and out, in one order for ever.

-- What has a place in it. Numbers are given in the order in which they are committed (number_feed).
CREATE TABLE feed (
    number   bigint PRIMARY KEY,
    source   text NOT NULL, -- what ref is a number of: an entry of a journal, a posting
    order_id uuid NOT NULL, -- all zeros: of no order
    ref      bigint NOT NULL,
    type     text NOT NULL
);
CREATE UNIQUE INDEX one_entry_each ON feed (order_id, source, ref);
CREATE INDEX feed_by_type ON feed (type, number);

-- What waits for its place: written in the transaction of what it tells, and gone once it has a number.
CREATE TABLE unnumbered (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   text NOT NULL,
    order_id uuid NOT NULL,
    ref      bigint NOT NULL,
    type     text NOT NULL,
    past_at  timestamptz -- when it happened, of what is older than the feed
);
CREATE INDEX unnumbered_past ON unnumbered (past_at, order_id, ref) WHERE past_at IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON feed
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON feed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE FUNCTION append_to_feed(p_source text, p_order uuid, p_ref bigint, p_type text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unnumbered (source, order_id, ref, type) VALUES (p_source, p_order, p_ref, p_type);
END $$;
REVOKE EXECUTE ON FUNCTION append_to_feed(text, uuid, bigint, text) FROM PUBLIC;

CREATE FUNCTION feed_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM append_to_feed('step', NEW.order_id, NEW.seq, coalesce(NEW.event, ''));
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION feed_step() FROM PUBLIC;

CREATE FUNCTION feed_transfer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM append_to_feed('transfer', '00000000-0000-0000-0000-000000000000', NEW.id,
                           'transfer.' || NEW.kind);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION feed_transfer() FROM PUBLIC;

GRANT SELECT ON feed, unnumbered TO sequestre_app;

-- From here on writers wait for an instant, in the order in which steps lock these; reading goes on. What
-- is in them already is brought in later, piece by piece, before anything gets a number (gather_past).
LOCK TABLE ledger.tx, events IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO unnumbered (source, order_id, ref, type)
SELECT 'past', '00000000-0000-0000-0000-000000000000', 0, ''
WHERE EXISTS (SELECT FROM events) OR EXISTS (SELECT FROM ledger.tx);

-- Triggers, so that processes and functions of before feed it too.
CREATE TRIGGER fed AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.accepted) EXECUTE FUNCTION feed_step();
CREATE TRIGGER fed AFTER INSERT ON ledger.tx FOR EACH ROW
    WHEN (NEW.order_id IS NULL) EXECUTE FUNCTION feed_transfer();

-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE feed ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE feed ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE events ENABLE ALWAYS TRIGGER fed;
ALTER TABLE ledger.tx ENABLE ALWAYS TRIGGER fed;
