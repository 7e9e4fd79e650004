-- Who is signed in to the pages. A session is kept by the fingerprint of the secret in its cookie, so that who
-- reads the database can sign in as nobody. It says what its token showed; what is read with it is read anew.

CREATE TABLE sessions (
    fingerprint bytea PRIMARY KEY CHECK (length(fingerprint) = 32),
    user_id     text NOT NULL CHECK (length(user_id) BETWEEN 1 AND 100),
    roles       text[] NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(), -- people's time at their desks: the machine's
    idle_until  timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- A link that signs somebody in does so once, until its token ends.
CREATE TABLE spent_links (
    fingerprint bytea PRIMARY KEY CHECK (length(fingerprint) = 32),
    until       timestamptz NOT NULL
);
CREATE INDEX spent_links_by_end ON spent_links (until);

GRANT SELECT, INSERT, DELETE ON sessions, spent_links TO sequestre_app;
GRANT UPDATE (idle_until) ON sessions TO sequestre_app;
