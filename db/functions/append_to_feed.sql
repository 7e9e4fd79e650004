-- Has a happening of an order (all zeros: of none) stand in the feed once this transaction commits, after
-- all that is numbered by then: the only way in. p_source says what p_ref is a number of, and with it who
-- tells it (SOURCES in api/feed_sources.py).
CREATE OR REPLACE FUNCTION append_to_feed(p_source text, p_order uuid, p_ref bigint, p_type text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unnumbered (source, order_id, ref, type) VALUES (p_source, p_order, p_ref, p_type);
END $$;

REVOKE ALL ON FUNCTION append_to_feed(text, uuid, bigint, text) FROM PUBLIC, sequestre_app;
