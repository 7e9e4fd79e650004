-- Processes work as sequestre_app, whoever they log in as: it can read, add, and call the functions
-- above; it can change neither orders nor the journal nor the books by hand.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sequestre_app') THEN
        CREATE ROLE sequestre_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- roles belong to the whole server: another of its databases has just made it
END $$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'sequestre_app', 'MEMBER') THEN
        EXECUTE format('GRANT sequestre_app TO %I', current_user);
    END IF;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA public, ledger TO sequestre_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public, ledger TO sequestre_app;
GRANT INSERT ON services, extras, idempotency_keys TO sequestre_app;
GRANT UPDATE (order_id, request_id, answer) ON idempotency_keys TO sequestre_app;
GRANT UPDATE (signals, next_signal) ON requests TO sequestre_app;
GRANT UPDATE (started_at) ON orders TO sequestre_app;
GRANT INSERT ON people, webhook_endpoints, notice_reads TO sequestre_app;
GRANT UPDATE (language, email, by_email, time_zone, roles, updated_at) ON people TO sequestre_app;
GRANT UPDATE (url, events, secret, previous_secret, previous_until, disabled_at, disabled_reason)
    ON webhook_endpoints TO sequestre_app;
GRANT UPDATE (started_at, status, attempts, last_attempt, last_error, delivered_at) ON deliveries
    TO sequestre_app;
GRANT EXECUTE ON FUNCTION place_order(jsonb), record_step(jsonb),
    write_request(uuid, text, text, jsonb, jsonb, jsonb) TO sequestre_app;
GRANT EXECUTE ON FUNCTION ledger.move(text, text, text, text, bigint),
    ledger.fingerprint(text, uuid, text, jsonb) TO sequestre_app;
