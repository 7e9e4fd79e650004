-- Writes down who is told of a step (p_seq is its number) or of a message (minus its number): a notice
-- to each in p_notices, a mail to those of them who want one, and what goes to webhooks. What it came of is
-- what the transaction says in `sequestre.cause` (docs/decisions/0027).
CREATE OR REPLACE FUNCTION tell(
    p_order uuid, p_seq integer, p_event text, p_notices jsonb, p_parties text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_cause jsonb := nullif(current_setting('sequestre.cause', true), '')::jsonb;
BEGIN
    INSERT INTO notices (order_id, seq, role, user_id, event)
    SELECT p_order, p_seq, notice->>'role', notice->>'user_id', p_event
    FROM jsonb_array_elements(p_notices) AS notice;
    -- A notice for a whole role goes to those who showed the role within a day (`ROLES_LAPSE` in
    -- db/people.py) and are no party to the order; one for operators to support, too, who hand cases over.
    INSERT INTO deliveries (order_id, seq, channel, notice_id, user_id, cause)
    SELECT p_order, p_seq, 'email', n.id, person.user_id, v_cause
    FROM notices n
    JOIN people person ON person.user_id = n.user_id
                       OR (n.user_id IS NULL AND person.roles && CASE n.role
                           WHEN 'operator' THEN ARRAY['operator', 'support'] ELSE ARRAY[n.role] END
                           AND person.roles_at > clock_timestamp() - interval '1 day')
    WHERE n.order_id = p_order AND n.seq = p_seq
      AND person.by_email AND EXISTS (SELECT FROM confirmed_addresses c
                                      WHERE c.user_id = person.user_id AND c.email = person.email)
      AND (n.user_id IS NOT NULL OR person.user_id <> ALL (p_parties))
    ON CONFLICT DO NOTHING;
    INSERT INTO deliveries (order_id, seq, channel, endpoint_id, cause)
    SELECT p_order, p_seq, 'webhook', id, v_cause FROM webhook_endpoints
    WHERE disabled_at IS NULL AND (events IS NULL OR p_event = ANY (events));
END $$;

REVOKE ALL ON FUNCTION tell(uuid, integer, text, jsonb, text[]) FROM PUBLIC, sequestre_app;
