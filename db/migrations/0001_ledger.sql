-- The books: double entry, append-only, refused by the database itself where they would not hold.
-- Amounts are integers in minor units. One row of ledger.transfer is both sides of a movement, so
-- that an unbalanced posting cannot be written down.

CREATE SCHEMA ledger;

CREATE TABLE ledger.account (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL CHECK (kind IN ('wallet', 'escrow', 'commission', 'world')),
    owner    text NOT NULL CHECK (length(owner) BETWEEN 1 AND 100),
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    UNIQUE (owner, kind, currency),
    UNIQUE (id, currency)
);

-- Only accounts that have a floor keep a balance row, and only these are locked: commission and
-- the outside world are summed, so that no two orders queue behind one of their rows.
CREATE TABLE ledger.balance (
    account_id bigint PRIMARY KEY REFERENCES ledger.account,
    balance    bigint NOT NULL DEFAULT 0,
    version    bigint NOT NULL DEFAULT 0,
    closed     boolean NOT NULL DEFAULT false,
    CONSTRAINT no_overdraft CHECK (balance >= 0),
    CONSTRAINT closed_is_empty CHECK (NOT closed OR balance = 0)
) WITH (fillfactor = 50);

CREATE TABLE ledger.tx (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text NOT NULL CONSTRAINT one_tx_per_key UNIQUE CHECK (length(key) BETWEEN 8 AND 300),
    kind        text NOT NULL
                CHECK (kind IN ('hold', 'release', 'refund', 'split', 'top_up', 'payout')),
    order_id    uuid,
    currency    char(3) NOT NULL,
    fingerprint bytea NOT NULL,
    hash        bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, currency),
    CONSTRAINT order_of_kind CHECK ((order_id IS NULL) = (kind IN ('top_up', 'payout'))),
    -- The unique key is what pays for a line once: it can only be spelt in one way.
    CONSTRAINT key_of_hold CHECK (kind <> 'hold'
        OR key ~ ('^order:' || coalesce(order_id::text, '?') || ':hold:[^:]+$')),
    CONSTRAINT key_of_end CHECK (kind NOT IN ('release', 'refund', 'split')
        OR key = 'order:' || coalesce(order_id::text, '?') || ':end')
);
CREATE INDEX tx_of_order ON ledger.tx (order_id, id) WHERE order_id IS NOT NULL;
-- Whatever the keys say, an order ends once.
CREATE UNIQUE INDEX one_end_per_order ON ledger.tx (order_id)
    WHERE kind IN ('release', 'refund', 'split');

CREATE TABLE ledger.transfer (
    tx_id     bigint NOT NULL,
    leg       smallint NOT NULL CHECK (leg > 0),
    debit_id  bigint NOT NULL,
    credit_id bigint NOT NULL,
    currency  char(3) NOT NULL,
    amount    bigint NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000),
    debit_after  bigint,
    credit_after bigint,
    PRIMARY KEY (tx_id, leg),
    CONSTRAINT two_accounts CHECK (debit_id <> credit_id),
    CONSTRAINT currency_of_tx FOREIGN KEY (tx_id, currency) REFERENCES ledger.tx (id, currency),
    CONSTRAINT currency_of_debit FOREIGN KEY (debit_id, currency)
        REFERENCES ledger.account (id, currency),
    CONSTRAINT currency_of_credit FOREIGN KEY (credit_id, currency)
        REFERENCES ledger.account (id, currency)
);
CREATE INDEX transfer_by_debit ON ledger.transfer (debit_id, tx_id);
CREATE INDEX transfer_by_credit ON ledger.transfer (credit_id, tx_id);

-- An entry is one side of a transfer, as the account's owner sees it.
CREATE VIEW ledger.entry AS
    SELECT debit_id AS account_id, tx_id, leg, -amount AS amount, debit_after AS balance_after
    FROM ledger.transfer
    UNION ALL
    SELECT credit_id, tx_id, leg, amount, credit_after FROM ledger.transfer;

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'LG002';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.tx
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.tx
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.transfer
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE FUNCTION ledger.demand_legs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.transfer WHERE tx_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction % moves nothing', NEW.key USING ERRCODE = 'LG003';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER has_legs AFTER INSERT ON ledger.tx
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.demand_legs();

-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE ledger.tx ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.tx ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE ledger.tx ENABLE ALWAYS TRIGGER has_legs;
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER no_truncate;

-- What a transaction says, as bytes that any change of a leg changes.
CREATE FUNCTION ledger.fingerprint(kind text, order_id uuid, currency text, legs jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(kind, order_id, currency,
        (SELECT jsonb_agg(jsonb_build_array(
                    leg->'debit'->>'kind', leg->'debit'->>'owner',
                    leg->'credit'->>'kind', leg->'credit'->>'owner', leg->>'amount') ORDER BY n)
         FROM jsonb_array_elements(legs) WITH ORDINALITY AS l (leg, n)))::text, 'UTF8'))
$$;

CREATE FUNCTION ledger.account_id(p_account jsonb, p_currency text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM ledger.account
    WHERE owner = p_account->>'owner' AND kind = p_account->>'kind' AND currency = p_currency;
    IF v_id IS NOT NULL THEN
        RETURN v_id;
    END IF;
    INSERT INTO ledger.account (kind, owner, currency)
    VALUES (p_account->>'kind', p_account->>'owner', p_currency)
    ON CONFLICT DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NULL THEN -- somebody else opened it just now
        SELECT id INTO v_id FROM ledger.account
        WHERE owner = p_account->>'owner' AND kind = p_account->>'kind' AND currency = p_currency;
    ELSIF p_account->>'kind' IN ('wallet', 'escrow') THEN
        INSERT INTO ledger.balance (account_id) VALUES (v_id);
    END IF;
    RETURN v_id;
END $$;

-- Writes a transaction once. The same key and content again is a replay (false); the same key with
-- other content is an error (LG001). p_closes shuts the order's escrow for ever, empty.
CREATE FUNCTION ledger.post(
    p_key text, p_kind text, p_order_id uuid, p_currency text, p_legs jsonb, p_closes boolean
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_print    bytea := ledger.fingerprint(p_kind, p_order_id, p_currency, p_legs);
    v_accounts bigint[];
    v_previous bytea;
    v_tx       bigint;
    v_debit    bigint;
    v_credit   bigint;
    v_leg      record;
    v_debit_after  bigint;
    v_credit_after bigint;
BEGIN
    -- Accounts are opened first and locked then, in one order for everybody, so that nobody waits
    -- in a circle; numbers are taken under the locks, so that they follow an account's history.
    v_accounts := ARRAY(
        SELECT ledger.account_id(leg->side, p_currency)
        FROM jsonb_array_elements(p_legs) WITH ORDINALITY AS l (leg, n),
             unnest(ARRAY['debit', 'credit']) WITH ORDINALITY AS s (side, m)
        ORDER BY n, m);
    PERFORM FROM ledger.balance WHERE account_id = ANY (v_accounts)
    ORDER BY account_id FOR NO KEY UPDATE;

    -- The chain of an order's transactions: each hash covers the one before it. Steps of one order
    -- never overlap (its row is locked), so there is nothing to queue behind.
    SELECT hash INTO v_previous FROM ledger.tx
    WHERE order_id = p_order_id ORDER BY id DESC LIMIT 1;

    INSERT INTO ledger.tx (key, kind, order_id, currency, fingerprint, hash)
    VALUES (p_key, p_kind, p_order_id, p_currency, v_print,
            sha256(coalesce(v_previous, ''::bytea) || convert_to(p_key, 'UTF8') || v_print))
    ON CONFLICT (key) DO NOTHING RETURNING id INTO v_tx;
    IF v_tx IS NULL THEN
        IF (SELECT fingerprint FROM ledger.tx WHERE key = p_key) <> v_print THEN
            RAISE EXCEPTION 'ledger key % was used with other content', p_key
                USING ERRCODE = 'LG001';
        END IF;
        RETURN false;
    END IF;

    FOR v_leg IN SELECT leg, n FROM jsonb_array_elements(p_legs) WITH ORDINALITY AS l (leg, n) LOOP
        v_debit := v_accounts[2 * v_leg.n - 1];
        v_credit := v_accounts[2 * v_leg.n];
        v_debit_after := NULL;
        v_credit_after := NULL;
        UPDATE ledger.balance SET balance = balance - (v_leg.leg->>'amount')::bigint,
               version = version + 1
        WHERE account_id = v_debit RETURNING balance INTO v_debit_after;
        UPDATE ledger.balance SET balance = balance + (v_leg.leg->>'amount')::bigint,
               version = version + 1
        WHERE account_id = v_credit RETURNING balance INTO v_credit_after;
        INSERT INTO ledger.transfer
            (tx_id, leg, debit_id, credit_id, currency, amount, debit_after, credit_after)
        VALUES (v_tx, v_leg.n, v_debit, v_credit, p_currency, (v_leg.leg->>'amount')::bigint,
                v_debit_after, v_credit_after);
    END LOOP;

    IF p_closes THEN
        UPDATE ledger.balance SET closed = true WHERE account_id = ledger.account_id(
            jsonb_build_object('kind', 'escrow', 'owner', p_order_id), p_currency);
    END IF;
    RETURN true;
END $$;

-- Money between a user's wallet and the payment provider, once a key: in for a top-up, out for a
-- payout. The only posting outside an order.
CREATE FUNCTION ledger.move(
    p_key text, p_kind text, p_user text, p_currency text, p_amount bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_wallet jsonb := jsonb_build_object('kind', 'wallet', 'owner', p_user);
    v_world  jsonb := jsonb_build_object('kind', 'world', 'owner', 'payment-provider');
BEGIN
    IF p_kind = 'top_up' THEN
        RETURN ledger.post(p_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
            'debit', v_world, 'credit', v_wallet, 'amount', p_amount)), false);
    ELSIF p_kind = 'payout' THEN
        RETURN ledger.post(p_key, p_kind, NULL, p_currency, jsonb_build_array(jsonb_build_object(
            'debit', v_wallet, 'credit', v_world, 'amount', p_amount)), false);
    END IF;
    RAISE EXCEPTION 'money moves by top_up or payout, not by %', p_kind USING ERRCODE = 'LG006';
END $$;
