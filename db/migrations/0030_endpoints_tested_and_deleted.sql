-- An endpoint can be deleted. Its row stays, since what was sent to it stays, without address and secret;
-- it counts as disabled, so that processes of the release before send it nothing either.

ALTER TABLE webhook_endpoints
    ADD COLUMN deleted_at timestamptz,
    ADD CONSTRAINT deleted_is_disabled CHECK (deleted_at IS NULL OR disabled_at IS NOT NULL);

GRANT UPDATE (deleted_at) ON webhook_endpoints TO sequestre_app;

-- A message of no order, by which a marketplace sees that its endpoint hears. These stand beside
-- deliveries and not in them: no lock is taken on what every step writes, and no process of the release
-- before takes one for a step's. Their numbers are of one row with those of deliveries, for they are
-- listed together.

CREATE TABLE endpoint_tests (
    id           bigint PRIMARY KEY DEFAULT nextval('public.deliveries_id_seq'::text),
    endpoint_id  uuid NOT NULL REFERENCES webhook_endpoints,
    started_at   timestamptz, -- when its workflow was started
    status       text NOT NULL DEFAULT 'pending'
                 CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    last_attempt timestamptz,
    next_attempt timestamptz, -- as of deliveries
    last_error   text,
    delivered_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT moved(now())
);
CREATE INDEX endpoint_tests_of_endpoint ON endpoint_tests (endpoint_id, id DESC);
CREATE INDEX endpoint_tests_not_started ON endpoint_tests (created_at) WHERE started_at IS NULL;
CREATE INDEX endpoint_tests_by_age ON endpoint_tests (created_at);

GRANT USAGE ON SEQUENCE deliveries_id_seq TO sequestre_app;
GRANT SELECT, INSERT (endpoint_id) ON endpoint_tests TO sequestre_app;
GRANT UPDATE (started_at, status, attempts, last_attempt, next_attempt, last_error, delivered_at)
    ON endpoint_tests TO sequestre_app;
