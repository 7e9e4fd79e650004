-- Which workers live: each writes, every few seconds and from where it takes its steps, that it does.
-- A worker that is frozen or wedged does not, though Temporal takes it for alive for minutes.

CREATE TABLE worker_heartbeats (
    worker  text PRIMARY KEY CHECK (length(worker) BETWEEN 1 AND 300),
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT, DELETE ON worker_heartbeats TO sequestre_app;
GRANT INSERT (worker) ON worker_heartbeats TO sequestre_app;
GRANT UPDATE (beat_at) ON worker_heartbeats TO sequestre_app;
