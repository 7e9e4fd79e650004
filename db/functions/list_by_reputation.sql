-- Has a seller's services listed by what their reputation is now, where that changes their visibility.
CREATE OR REPLACE FUNCTION list_by_reputation(p_seller text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_visibility float8;
BEGIN
    UPDATE reputations SET visibility = visibility_of(completed, cancelled),
                           changed_at = moved(clock_timestamp())
    WHERE seller_id = p_seller AND visibility <> visibility_of(completed, cancelled)
    RETURNING visibility INTO v_visibility;
    IF FOUND THEN
        UPDATE listed_services SET visibility = v_visibility WHERE seller_id = p_seller;
    END IF;
END $$;

REVOKE ALL ON FUNCTION list_by_reputation(text) FROM PUBLIC, sequestre_app;
