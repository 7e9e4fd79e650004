-- An address is mailed once its owner has confirmed it, or an operator has set it. This stands beside
-- people and not in it: no lock is taken on what every step reads, and an address that a release of
-- before changes is another one than was confirmed.

CREATE TABLE confirmed_addresses (
    user_id      text PRIMARY KEY,
    email        text NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO confirmed_addresses (user_id, email) -- they have been in use
SELECT user_id, email FROM people WHERE email IS NOT NULL;

-- Each mail by which an address can be confirmed.
CREATE TABLE confirmations (
    id           uuid PRIMARY KEY,
    user_id      text NOT NULL,
    email        text NOT NULL,
    inbox        text NOT NULL, -- where the address leads, however it is spelt: what is counted
    asked_at     timestamptz NOT NULL DEFAULT now(),
    next_attempt timestamptz DEFAULT now(), -- null: it was sent, or cannot be
    attempts     integer NOT NULL DEFAULT 0,
    last_error   text,
    sent_at      timestamptz,
    expires_at   timestamptz, -- when its link ends, by its last attempt
    confirmed_at timestamptz,
    void_at      timestamptz  -- since then the person has another address
);
CREATE INDEX confirmations_to_send ON confirmations (next_attempt) WHERE next_attempt IS NOT NULL;
CREATE INDEX confirmations_of_person ON confirmations (user_id, asked_at);
CREATE INDEX confirmations_to_inbox ON confirmations (inbox, asked_at);
CREATE INDEX confirmations_by_age ON confirmations (asked_at);

GRANT SELECT, INSERT ON confirmed_addresses, confirmations TO sequestre_app;
GRANT UPDATE (email, confirmed_at), DELETE ON confirmed_addresses TO sequestre_app;
GRANT UPDATE (next_attempt, attempts, last_error, sent_at, expires_at, confirmed_at, void_at)
    ON confirmations TO sequestre_app;
