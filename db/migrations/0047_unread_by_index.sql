-- What somebody has not read is found without a look at what they have. A notice to one person says so itself;
-- of those for all who have a role each reader has a mark, up to which nothing is left for them.

-- In the order in which they are written. Reading goes on.
LOCK TABLE notices, notice_reads IN SHARE ROW EXCLUSIVE MODE;

-- All that is there is taken to be read, in no time, and what is not is corrected. Of a notice for a whole role
-- it says nothing.
ALTER TABLE notices ADD COLUMN unread boolean NOT NULL DEFAULT false;
ALTER TABLE notices ALTER COLUMN unread SET DEFAULT true;
UPDATE notices n SET unread = true
WHERE n.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM notice_reads r WHERE r.notice_id = n.id AND r.user_id = n.user_id);

CREATE INDEX notices_unread ON notices (user_id, id DESC) WHERE unread AND user_id IS NOT NULL;
CREATE INDEX wallet_notices_unread ON wallet_notices (user_id, id DESC) WHERE read_at IS NULL;

CREATE TABLE inbox_marks (
    user_id text NOT NULL,
    role    text NOT NULL,
    up_to   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, role)
);

CREATE FUNCTION is_past(p_notice notices, p_user text, p_before timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_notice.created_at < p_before
       AND (EXISTS (SELECT FROM notices same JOIN notice_reads r ON r.notice_id = same.id
                    WHERE same.order_id = p_notice.order_id AND same.seq = p_notice.seq
                      AND same.user_id IS NULL AND r.user_id = p_user)
            OR EXISTS (SELECT FROM orders o WHERE o.id = p_notice.order_id
                       AND p_user IN (o.buyer_id, o.seller_id)));
END $$;

CREATE FUNCTION note_reads() RETURNS trigger
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

CREATE FUNCTION note_unread() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notices SET unread = true WHERE id = OLD.notice_id AND user_id = OLD.user_id;
    DELETE FROM inbox_marks WHERE user_id = OLD.user_id AND up_to >= OLD.notice_id;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION is_past(notices, text, timestamptz), note_reads(), note_unread() FROM PUBLIC;

CREATE TRIGGER noted AFTER INSERT ON notice_reads REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION note_reads();
CREATE TRIGGER unnoted AFTER DELETE ON notice_reads FOR EACH ROW EXECUTE FUNCTION note_unread();
-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE notice_reads ENABLE ALWAYS TRIGGER noted;
ALTER TABLE notice_reads ENABLE ALWAYS TRIGGER unnoted;

GRANT SELECT ON inbox_marks TO sequestre_app;
