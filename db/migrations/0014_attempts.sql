-- What one person may try on one order is bounded over all API processes: a token bucket for each, kept
-- as the one instant at which it is full again. A crash forgives, and a standby knows of none.

CREATE UNLOGGED TABLE attempts (
    order_id uuid NOT NULL,
    user_id  text NOT NULL,
    full_at  timestamptz NOT NULL,
    PRIMARY KEY (order_id, user_id)
) WITH (fillfactor = 70); -- full_at has no index: what is counted changes in place

GRANT SELECT ON attempts TO sequestre_app;
