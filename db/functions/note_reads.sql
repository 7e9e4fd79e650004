-- Notes with what somebody has read that it is no longer unread: a notice to one person in its own row. Of what
-- is for all who have a role each has a mark, up to which nothing is left for them. It stays an hour behind: a
-- notice that is written meanwhile may have a lower number than one that is read.
CREATE OR REPLACE FUNCTION note_reads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_before timestamptz := moved(now()) - interval '1 hour';
    v_of     record;
    v_mark   bigint;
BEGIN
    UPDATE notices n SET unread = false FROM fresh f
    WHERE n.id = f.notice_id AND n.user_id = f.user_id AND n.unread;
    FOR v_of IN SELECT DISTINCT f.user_id, n.role FROM fresh f JOIN notices n ON n.id = f.notice_id
                WHERE n.user_id IS NULL LOOP
        INSERT INTO inbox_marks (user_id, role) VALUES (v_of.user_id, v_of.role) ON CONFLICT DO NOTHING;
        SELECT up_to INTO v_mark FROM inbox_marks
        WHERE user_id = v_of.user_id AND role = v_of.role FOR NO KEY UPDATE;
        UPDATE inbox_marks SET up_to = greatest(up_to, coalesce(
            (SELECT n.id - 1 FROM notices n
             WHERE n.user_id IS NULL AND n.role = v_of.role AND n.id > v_mark
               AND NOT is_past(n, v_of.user_id, v_before) ORDER BY n.id LIMIT 1),
            (SELECT n.id FROM notices n
             WHERE n.user_id IS NULL AND n.role = v_of.role AND n.id > v_mark ORDER BY n.id DESC LIMIT 1),
            0))
        WHERE user_id = v_of.user_id AND role = v_of.role;
    END LOOP;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION note_reads() FROM PUBLIC, sequestre_app;
