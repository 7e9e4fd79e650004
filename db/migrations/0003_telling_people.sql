-- Telling people: how each wants to be told, who else is told, and what became of it.

CREATE TABLE people (
    user_id    text PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 100),
    language   text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'fr')),
    email      text,
    by_email   boolean NOT NULL DEFAULT true,
    time_zone  text NOT NULL DEFAULT 'UTC',
    roles      text[] NOT NULL DEFAULT '{}', -- as in the token with which they last said all this
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX people_of_role ON people USING gin (roles);

-- Who has read a notice; one that is for a whole role is read by each on their own.
CREATE TABLE notice_reads (
    notice_id bigint NOT NULL REFERENCES notices,
    user_id   text NOT NULL,
    read_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (notice_id, user_id)
);

CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY,
    url             text NOT NULL,
    events          text[], -- null: all
    secret          text NOT NULL,
    previous_secret text, -- signs beside the new one until previous_until
    previous_until  timestamptz,
    disabled_at     timestamptz,
    disabled_reason text,
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- What leaves the product, written with the step it tells of.
CREATE TABLE deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id     uuid NOT NULL,
    seq          integer NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('email', 'webhook')),
    notice_id    bigint REFERENCES notices,
    user_id      text,
    endpoint_id  uuid REFERENCES webhook_endpoints,
    started_at   timestamptz, -- when its workflow was started
    status       text NOT NULL DEFAULT 'pending'
                 CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    last_attempt timestamptz,
    last_error   text,
    delivered_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (order_id, seq) REFERENCES events (order_id, seq),
    CONSTRAINT one_delivery_each UNIQUE NULLS NOT DISTINCT
        (order_id, seq, channel, user_id, endpoint_id),
    CHECK ((channel = 'email') = (user_id IS NOT NULL)),
    CHECK ((channel = 'webhook') = (endpoint_id IS NOT NULL))
);
CREATE INDEX deliveries_not_started ON deliveries (created_at) WHERE started_at IS NULL;
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint_id, id DESC);
