-- A clock that can be moved, on a stack that is made for trying things out. The one row of `test_clock` is
-- what makes a database one of those: `sequestre up --test-clock` writes it, as the database's owner, while
-- nothing is in it yet. Without it `moved` gives back what it was given, everywhere and always.

CREATE TABLE test_clock (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    shift     interval NOT NULL DEFAULT '0', -- how far this clock is ahead of the machine's
    stands_at timestamptz,                   -- while it is moved it stands, from instant to instant
    target    timestamptz,                   -- where it is being moved to
    moves     bigint NOT NULL DEFAULT 0,     -- which of two readings is the newer one
    carried_out bigint NOT NULL DEFAULT 0    -- how much has fallen due and been done, in all moves
);
GRANT SELECT ON test_clock TO sequestre_app;
GRANT UPDATE (shift, stands_at, target, moves, carried_out) ON test_clock TO sequestre_app;

CREATE FUNCTION moved(p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce((SELECT coalesce(nullif(current_setting('sequestre.instant', true), '')::timestamptz,
                                     c.stands_at, p_at + c.shift)
                     FROM public.test_clock c), p_at);
END $$;
REVOKE ALL ON FUNCTION moved(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moved(timestamptz) TO sequestre_app;

CREATE FUNCTION guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- It has gone on since this statement began, by as much as nobody minds.
    IF TG_OP = 'UPDATE' AND coalesce(NEW.stands_at, clock_timestamp() + NEW.shift)
                            >= coalesce(OLD.stands_at, statement_timestamp() + OLD.shift)
       AND NEW.moves > OLD.moves THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'time does not go back' USING ERRCODE = 'LG008';
END $$;
REVOKE ALL ON FUNCTION guard_clock() FROM PUBLIC;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON test_clock
    FOR EACH ROW EXECUTE FUNCTION guard_clock();
ALTER TABLE test_clock ENABLE ALWAYS TRIGGER guarded;

-- `next_attempt` is when what waits is tried next. It is kept where the clock can be moved, for whoever moves
-- it: elsewhere the workflow that waits knows it alone.
-- In the order in which a call locks these tables, so that none of the two waits for the other.
ALTER TABLE idempotency_keys ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE people ALTER COLUMN updated_at SET DEFAULT moved(now());
ALTER TABLE confirmed_addresses ALTER COLUMN confirmed_at SET DEFAULT moved(now());
ALTER TABLE confirmations ALTER COLUMN asked_at SET DEFAULT moved(now());
ALTER TABLE confirmations ALTER COLUMN next_attempt SET DEFAULT moved(now());
ALTER TABLE webhook_endpoints ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE services ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE orders ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE orders ALTER COLUMN updated_at SET DEFAULT moved(now());
ALTER TABLE ledger.tx ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE notices ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE deliveries ALTER COLUMN created_at SET DEFAULT moved(now());
ALTER TABLE deliveries ADD COLUMN next_attempt timestamptz;
ALTER TABLE notice_reads ALTER COLUMN read_at SET DEFAULT moved(now());
ALTER TABLE repairs ALTER COLUMN at SET DEFAULT moved(clock_timestamp());

GRANT UPDATE (next_attempt) ON deliveries TO sequestre_app;
