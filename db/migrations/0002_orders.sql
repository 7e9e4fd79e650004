-- Services, orders, what was asked of them and what became of it.

CREATE TABLE services (
    id            uuid PRIMARY KEY,
    seller_id     text NOT NULL CHECK (length(seller_id) BETWEEN 1 AND 100),
    title         text NOT NULL,
    description   text,
    price         bigint NOT NULL CHECK (price > 0),
    currency      char(3) NOT NULL,
    delivery_time interval NOT NULL,
    revision_time interval NOT NULL,
    revisions_included integer CHECK (revisions_included >= 0),
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX services_by_age ON services (created_at DESC, id DESC);
CREATE INDEX services_of_seller ON services (seller_id, created_at DESC, id DESC);

CREATE TABLE extras (
    id            uuid PRIMARY KEY,
    service_id    uuid NOT NULL REFERENCES services,
    position      smallint NOT NULL,
    title         text NOT NULL,
    price         bigint NOT NULL CHECK (price > 0),
    delivery_time interval NOT NULL,
    UNIQUE (service_id, position)
);

-- doc is the order as the rules see it; the columns beside it are what is searched or what people
-- wrote. titles holds the title of each line and extra by its id.
CREATE TABLE orders (
    id          uuid PRIMARY KEY,
    buyer_id    text NOT NULL,
    seller_id   text NOT NULL,
    service_id  uuid NOT NULL REFERENCES services,
    title       text NOT NULL,
    brief       text NOT NULL,
    titles      jsonb NOT NULL,
    state       text NOT NULL,
    deadline_at timestamptz,
    version     integer NOT NULL CHECK (version > 0),
    doc         jsonb NOT NULL,
    events      integer NOT NULL DEFAULT 0,
    started_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT two_people CHECK (buyer_id <> seller_id)
);
CREATE INDEX orders_of_buyer ON orders (buyer_id, created_at DESC, id DESC);
CREATE INDEX orders_of_seller ON orders (seller_id, created_at DESC, id DESC);
CREATE INDEX orders_that_count ON orders (seller_id, updated_at DESC, id DESC)
    WHERE doc->'outcome'->>'counts_as' IS NOT NULL;
CREATE INDEX orders_by_age ON orders (created_at DESC, id DESC);
CREATE INDEX orders_in_dispute ON orders (updated_at, id) WHERE state = 'disputed';
CREATE INDEX orders_not_started ON orders (created_at) WHERE started_at IS NULL;

-- A final order stays as it is, and its escrow is shut and empty.
CREATE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Refused attempts are still counted, and a late start of its workflow noted.
    IF TG_OP = 'UPDATE' AND OLD.state IN ('completed', 'cancelled', 'settled')
       AND to_jsonb(NEW) - 'events' - 'started_at' <> to_jsonb(OLD) - 'events' - 'started_at' THEN
        RAISE EXCEPTION 'order % is final', OLD.id USING ERRCODE = 'LG004';
    END IF;
    IF NEW.state IN ('completed', 'cancelled', 'settled') AND NOT EXISTS (
        SELECT FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
        WHERE a.owner = NEW.id::text AND a.kind = 'escrow' AND b.closed
    ) THEN
        RAISE EXCEPTION 'order % ends with an open escrow', NEW.id USING ERRCODE = 'LG005';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_order BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION guard_order();
ALTER TABLE orders ENABLE ALWAYS TRIGGER guard_order;

-- What people asked for. fields holds their words; signal is what travels to the workflow, without
-- them. outcome is null until the request has been decided, and is then written once.
CREATE TABLE requests (
    order_id    uuid NOT NULL REFERENCES orders,
    request_id  text NOT NULL CHECK (length(request_id) BETWEEN 1 AND 100),
    action      text NOT NULL,
    actor_id    text,
    actor_role  text,
    fields      jsonb NOT NULL,
    signal      jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    signals     integer NOT NULL DEFAULT 0,
    next_signal timestamptz,
    outcome     jsonb,
    PRIMARY KEY (order_id, request_id)
);
CREATE INDEX requests_undecided ON requests (next_signal) WHERE outcome IS NULL;

-- The journal: every step and every refused attempt, oldest first.
CREATE TABLE events (
    order_id    uuid NOT NULL REFERENCES orders,
    seq         integer NOT NULL,
    at          timestamptz NOT NULL,
    received_at timestamptz,
    actor       jsonb,
    action      text NOT NULL,
    event       text,
    accepted    boolean NOT NULL,
    code        text,
    reason      text,
    state       text NOT NULL,
    version     integer NOT NULL,
    request_id  text,
    doc         jsonb, -- the order after an accepted step: what notices and webhooks speak of
    PRIMARY KEY (order_id, seq)
);
CREATE UNIQUE INDEX one_event_per_version ON events (order_id, version) WHERE accepted;
CREATE UNIQUE INDEX one_event_per_request ON events (order_id, request_id)
    WHERE request_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE events ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE events ENABLE ALWAYS TRIGGER no_truncate;

-- The in-app inbox. A notice without user_id is for everybody who has the role.
CREATE TABLE notices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id   uuid NOT NULL,
    seq        integer NOT NULL,
    role       text NOT NULL,
    user_id    text,
    event      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (order_id, seq) REFERENCES events (order_id, seq),
    CONSTRAINT one_notice_each UNIQUE NULLS NOT DISTINCT (order_id, seq, role, user_id)
);
CREATE INDEX notices_of_user ON notices (user_id, id DESC);
CREATE INDEX notices_of_role ON notices (role, id DESC) WHERE user_id IS NULL;

-- The first answer to each keyed POST, per caller. answer is null while the work is under way.
CREATE TABLE idempotency_keys (
    caller      text NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    order_id    uuid,
    request_id  text,
    answer      jsonb,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
