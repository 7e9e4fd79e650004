-- Whether a notice for a whole role is behind somebody who has it: written before an instant, and read by them,
-- be it in another role, or of an order of their own.
CREATE OR REPLACE FUNCTION is_past(p_notice notices, p_user text, p_before timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_notice.created_at < p_before
       AND (EXISTS (SELECT FROM notices same JOIN notice_reads r ON r.notice_id = same.id
                    WHERE same.order_id = p_notice.order_id AND same.seq = p_notice.seq
                      AND same.user_id IS NULL AND r.user_id = p_user)
            OR EXISTS (SELECT FROM orders o WHERE o.id = p_notice.order_id
                       AND p_user IN (o.buyer_id, o.seller_id)));
END $$;

REVOKE ALL ON FUNCTION is_past(notices, text, timestamptz) FROM PUBLIC, sequestre_app;
