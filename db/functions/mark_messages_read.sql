-- Notes that somebody has read the messages of an order up to this one, and gives up to where they have, and
-- how many of others are left. A mark never goes back, nor beyond the newest message. Numbers may have a gap
-- (numbers_beyond): what is kept as own_beyond is what is left, with the mark, of all less those of others.
CREATE OR REPLACE FUNCTION mark_messages_read(
    p_order uuid, p_user text, p_up_to integer, OUT up_to integer, OUT unread integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_written integer;
    v_newest  integer;
BEGIN
    -- Nobody writes meanwhile: the messages of others beyond the mark are counted once, here.
    SELECT c.messages INTO v_written FROM conversations c WHERE c.order_id = p_order FOR NO KEY UPDATE;
    SELECT max(w.number) INTO v_newest FROM messages w WHERE w.order_id = p_order;
    -- Where nothing was there to be locked, nothing was there to be read: what is there now came in between.
    IF p_up_to BETWEEN 1 AND v_newest AND v_written IS NOT NULL THEN
        INSERT INTO conversation_members AS m (order_id, user_id, up_to, own_beyond, read_at)
        SELECT p_order, p_user, p_up_to, v_written - p_up_to - count(*), moved(clock_timestamp())
        FROM messages w
        WHERE w.order_id = p_order AND w.number > p_up_to AND w.author_id <> p_user
        ON CONFLICT (order_id, user_id) DO UPDATE
        SET up_to = excluded.up_to, own_beyond = excluded.own_beyond, read_at = excluded.read_at
        WHERE m.up_to < excluded.up_to;
    END IF;
    SELECT coalesce(max(m.up_to), 0), coalesce(v_written - sum(m.up_to + m.own_beyond), v_written, 0)
    INTO up_to, unread FROM conversation_members m
    WHERE m.order_id = p_order AND m.user_id = p_user;
END $$;

REVOKE ALL ON FUNCTION mark_messages_read(uuid, text, integer) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION mark_messages_read(uuid, text, integer) TO sequestre_app;
