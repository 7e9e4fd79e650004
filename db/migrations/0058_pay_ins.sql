-- Money that comes in through a payment provider, and what the provider says: a row for each of its events,
-- whose id makes the same one sent again a replay. A row of a payment is there before the provider is asked
-- for it, so that an event which comes before our own call's answer finds it.

CREATE TABLE pay_ins (
    id            uuid PRIMARY KEY,
    user_id       text NOT NULL,
    amount        bigint NOT NULL CHECK (amount BETWEEN 1 AND 10000000000),
    currency      char(3) NOT NULL,
    provider      text NOT NULL,
    return_url    text NOT NULL,
    fingerprint   bytea NOT NULL, -- what was asked for under its key
    wish          jsonb, -- the order that is placed when it is paid; gone when it was, or cannot be
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'failed', 'lapsed')),
    reference     text, -- as the provider calls it; null while it has not answered
    url           text, -- where it is paid, for its payer alone
    until         timestamptz, -- until when
    reason        text, -- in the provider's words
    transfer_id   uuid UNIQUE,
    order_id      uuid,
    order_refused text, -- why the order was not placed
    order_refused_code text, -- the same for programs
    started_at    timestamptz, -- when its workflow was started
    created_at    timestamptz NOT NULL DEFAULT moved(now()),
    ended_at      timestamptz,
    CONSTRAINT paid_is_booked CHECK ((state = 'paid') = (transfer_id IS NOT NULL)),
    CONSTRAINT one_answer_to_a_wish CHECK (order_id IS NULL OR order_refused IS NULL),
    CONSTRAINT refused_with_its_code CHECK ((order_refused IS NULL) = (order_refused_code IS NULL))
);
CREATE INDEX pay_ins_of_user ON pay_ins (user_id, created_at DESC, id DESC);
CREATE INDEX pay_ins_by_age ON pay_ins (created_at DESC, id DESC);
CREATE INDEX pay_ins_not_started ON pay_ins (created_at) WHERE started_at IS NULL;
CREATE INDEX pay_ins_with_a_wish ON pay_ins (ended_at) WHERE state = 'paid' AND wish IS NOT NULL;

GRANT SELECT ON pay_ins TO sequestre_app;
GRANT INSERT (id, user_id, amount, currency, provider, return_url, fingerprint, wish) ON pay_ins TO sequestre_app;
GRANT UPDATE (reference, url, until, order_id, order_refused, order_refused_code, wish, started_at) ON pay_ins
    TO sequestre_app;

CREATE TABLE provider_events (
    number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider       text NOT NULL,
    id             text NOT NULL,
    kind           text NOT NULL,
    name           text NOT NULL, -- its type, as the provider calls it
    at             timestamptz NOT NULL, -- when it happened, by the provider's clock
    reference      text, -- as the provider calls what it speaks of
    ours           text, -- the id that we gave that, where it says so
    amount         bigint,
    currency       text,
    reason         text,
    evidence_until timestamptz,
    received_at    timestamptz NOT NULL DEFAULT moved(clock_timestamp()),
    told_at        timestamptz, -- when the workflow was told that it concerns
    outcome        text CHECK (outcome IN ('applied', 'nothing_new', 'theirs_only', 'differs', 'not_ours')),
    decided_at     timestamptz,
    CONSTRAINT one_row_per_event UNIQUE (provider, id),
    CONSTRAINT decided_once CHECK ((outcome IS NULL) = (decided_at IS NULL))
);
CREATE INDEX provider_events_of_ours ON provider_events (ours, number);
CREATE INDEX provider_events_untold ON provider_events (number) WHERE told_at IS NULL AND outcome IS NULL;
CREATE INDEX provider_events_by_outcome ON provider_events (outcome, number DESC);

CREATE TRIGGER no_delete BEFORE DELETE ON provider_events
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON provider_events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE provider_events ENABLE ALWAYS TRIGGER no_delete;
ALTER TABLE provider_events ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON provider_events TO sequestre_app;
GRANT UPDATE (told_at) ON provider_events TO sequestre_app;
