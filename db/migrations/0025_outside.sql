-- What passes between the books and the outside world is listed with what is said of it, can be taken back
-- once, and the platform's own accounts are summed as they are moved: no read goes through all postings, and
-- no two orders queue behind one row. What is there already is listed and summed by 0035, which holds up nobody.

LOCK TABLE ledger.tx IN ACCESS EXCLUSIVE MODE; -- for an instant; in the order in which postings lock
ALTER TABLE ledger.tx DROP CONSTRAINT tx_kind_check, DROP CONSTRAINT order_of_kind;
-- NOT VALID: what was written before keeps to narrower ones.
ALTER TABLE ledger.tx
    ADD CONSTRAINT tx_kind_check CHECK (kind IN ('hold', 'release', 'refund', 'split', 'top_up', 'payout',
                                                 'commission_payout', 'reversal')) NOT VALID,
    ADD CONSTRAINT order_of_kind CHECK ((order_id IS NULL) = (kind IN (
        'top_up', 'payout', 'commission_payout', 'reversal'))) NOT VALID;

-- A posting that belongs to no order, as operators look for it.
CREATE TABLE ledger.outside (
    tx_id     bigint PRIMARY KEY REFERENCES ledger.tx,
    id        uuid NOT NULL CONSTRAINT one_transfer_per_id UNIQUE,
    kind      text NOT NULL,
    user_id   text, -- null: the platform's own
    reference text, -- as the payment provider calls it
    reverses  bigint CONSTRAINT reversed_once UNIQUE REFERENCES ledger.outside,
    reason    text,
    made_by   text, -- null: made by a release that did not write it down
    CONSTRAINT platform_of_kind CHECK (kind = 'reversal' OR (user_id IS NULL) = (kind = 'commission_payout')),
    CONSTRAINT reversal_of_kind CHECK ((kind = 'reversal') = (reverses IS NOT NULL)
                                       AND (reverses IS NULL) = (reason IS NULL))
);
CREATE INDEX outside_of_user ON ledger.outside (user_id, tx_id DESC);
CREATE INDEX outside_of_kind ON ledger.outside (kind, tx_id DESC);
CREATE INDEX outside_by_reference ON ledger.outside (reference, tx_id DESC) WHERE reference IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.outside
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.outside
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Movements that are not summed yet, and what all before them come to, by kind of account. What is taken
-- out of the commission is summed at once, so that the constraint can refuse what was not earned.
CREATE TABLE ledger.unsummed (
    currency    char(3) NOT NULL,
    debit_kind  text NOT NULL,
    credit_kind text NOT NULL,
    amount      bigint NOT NULL
);
CREATE TABLE ledger.total (
    kind     text NOT NULL,
    currency char(3) NOT NULL,
    amount   bigint NOT NULL,
    PRIMARY KEY (kind, currency),
    CONSTRAINT commission_is_earned CHECK (kind <> 'commission' OR amount >= 0)
) WITH (fillfactor = 50);
CREATE VIEW ledger.sums AS
    SELECT kind, currency, sum(amount)::bigint AS amount FROM (
        SELECT kind, currency, amount FROM ledger.total
        UNION ALL SELECT debit_kind, currency, -amount FROM ledger.unsummed
        UNION ALL SELECT credit_kind, currency, amount FROM ledger.unsummed) AS moved
    GROUP BY kind, currency;

-- Under which id a transfer is known that was written under this key.
CREATE FUNCTION ledger.transfer_id(p_key text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN p_key ~ '^[a-z_]+:[0-9a-f]{64}$'
                 THEN substr(split_part(p_key, ':', 2), 1, 32) ELSE md5(p_key) END)::uuid
$$;

CREATE FUNCTION ledger.list_outside() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.outside WHERE tx_id = NEW.id) THEN
        INSERT INTO ledger.outside (tx_id, id, kind, user_id)
        SELECT NEW.id, CASE WHEN EXISTS (SELECT FROM ledger.outside
                                         WHERE id = ledger.transfer_id(NEW.key))
                            THEN md5(NEW.key)::uuid ELSE ledger.transfer_id(NEW.key) END,
               NEW.kind, a.owner
        FROM ledger.transfer x
        LEFT JOIN ledger.account a ON a.id IN (x.debit_id, x.credit_id) AND a.kind = 'wallet'
        WHERE x.tx_id = NEW.id AND x.leg = 1
        ORDER BY a.id = x.credit_id DESC LIMIT 1;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger.sum_up(p_currency text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger.total (kind, currency, amount)
    SELECT kind, p_currency, 0 FROM unnest(ARRAY['wallet', 'escrow', 'commission', 'world']) AS kind
    ON CONFLICT DO NOTHING;
    PERFORM FROM ledger.total WHERE kind = 'commission' AND currency = p_currency
    FOR NO KEY UPDATE;
    WITH gone AS (
        DELETE FROM ledger.unsummed WHERE currency = p_currency
        RETURNING debit_kind, credit_kind, amount
    ), moved AS (
        SELECT kind, sum(amount) AS amount FROM (
            SELECT debit_kind AS kind, -amount AS amount FROM gone
            UNION ALL SELECT credit_kind, amount FROM gone) AS sides
        GROUP BY kind
    )
    UPDATE ledger.total t SET amount = t.amount + moved.amount FROM moved
    WHERE t.kind = moved.kind AND t.currency = p_currency;
END $$;

CREATE FUNCTION ledger.count_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_debit text;
BEGIN
    INSERT INTO ledger.unsummed (currency, debit_kind, credit_kind, amount)
    SELECT NEW.currency, d.kind, c.kind, NEW.amount FROM ledger.account d, ledger.account c
    WHERE d.id = NEW.debit_id AND c.id = NEW.credit_id RETURNING debit_kind INTO v_debit;
    IF v_debit = 'commission' THEN
        PERFORM ledger.sum_up(NEW.currency);
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION ledger.transfer_id(text), ledger.list_outside(), ledger.sum_up(text),
    ledger.count_movement() FROM PUBLIC;

-- At the end of the transaction: by then it has its legs, and who said more of it has listed it.
CREATE CONSTRAINT TRIGGER listed AFTER INSERT ON ledger.tx DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.order_id IS NULL) EXECUTE FUNCTION ledger.list_outside();
CREATE TRIGGER counted AFTER INSERT ON ledger.transfer
    FOR EACH ROW EXECUTE FUNCTION ledger.count_movement();

-- What somebody's wallet went through and they have to be told: beside what orders tell, in one inbox with
-- it and numbered together with it.
CREATE TABLE wallet_notices (
    id      bigint PRIMARY KEY, -- from the sequence of `notices`
    tx_id   bigint NOT NULL CONSTRAINT told_once UNIQUE REFERENCES ledger.outside,
    user_id text NOT NULL,
    read_at timestamptz
);
CREATE INDEX wallet_notices_of_user ON wallet_notices (user_id, id DESC);

-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE ledger.tx ENABLE ALWAYS TRIGGER listed;
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER counted;
ALTER TABLE ledger.outside ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.outside ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON ledger.outside, ledger.unsummed, ledger.total, ledger.sums, wallet_notices TO sequestre_app;
GRANT UPDATE (read_at) ON wallet_notices TO sequestre_app;
