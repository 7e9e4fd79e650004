-- Notes that somebody has not read what a hand took out of what they have.
CREATE OR REPLACE FUNCTION note_unread() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notices SET unread = true WHERE id = OLD.notice_id AND user_id = OLD.user_id;
    DELETE FROM inbox_marks WHERE user_id = OLD.user_id AND up_to >= OLD.notice_id;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION note_unread() FROM PUBLIC, sequestre_app;
