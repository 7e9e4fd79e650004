-- The rows that a life of the product writes, in plain tables: the order with its document, its
-- journal, notices, requests with their outcomes, keys with their answers, transfers and balances.
-- Each piece of work is one function, so that it costs one round trip.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    buyer_id text NOT NULL,
    seller_id text NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    doc jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON orders (buyer_id, created_at DESC);
CREATE INDEX ON orders (seller_id, created_at DESC);

CREATE TABLE events (
    order_id uuid NOT NULL REFERENCES orders,
    seq integer NOT NULL,
    action text NOT NULL,
    actor_id text NOT NULL,
    doc jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, seq)
);

CREATE TABLE notices (
    id bigserial PRIMARY KEY,
    user_id text NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    seq integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON notices (user_id, id);

CREATE TABLE requests (
    order_id uuid NOT NULL REFERENCES orders,
    request_id text NOT NULL,
    action text NOT NULL,
    actor_id text NOT NULL,
    fields jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome jsonb,
    PRIMARY KEY (order_id, request_id)
);

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);

CREATE TABLE balances (
    account text PRIMARY KEY,
    amount bigint NOT NULL CHECK (amount >= 0)
);

CREATE TABLE transfers (
    id bigserial PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    debit text NOT NULL,
    credit text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0)
);

CREATE FUNCTION move(p_order uuid, p_debit text, p_credit text, p_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO transfers (order_id, debit, credit, amount)
    VALUES (p_order, p_debit, p_credit, p_amount);
    UPDATE balances SET amount = amount - p_amount WHERE account = p_debit;
    INSERT INTO balances VALUES (p_credit, p_amount)
    ON CONFLICT (account) DO UPDATE SET amount = balances.amount + p_amount;
END $$;

CREATE FUNCTION tell(p_order uuid, p_seq integer, p_action text, p_actor text, p_doc jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (order_id, seq, action, actor_id, doc)
    VALUES (p_order, p_seq, p_action, p_actor, p_doc);
    INSERT INTO notices (user_id, order_id, seq)
    SELECT unnest(ARRAY[buyer_id, seller_id]), id, p_seq FROM orders WHERE id = p_order;
END $$;

CREATE FUNCTION place(p_caller text, p_key text, p_order uuid, p_seller text, p_amount bigint,
                      p_doc jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO idempotency_keys (caller, key, fingerprint, answer)
    VALUES (p_caller, p_key, md5(p_doc::text), p_doc);
    INSERT INTO orders (id, buyer_id, seller_id, state, version, doc)
    VALUES (p_order, p_caller, p_seller, 'pending', 1, p_doc);
    PERFORM move(p_order, 'wallet ' || p_caller, 'escrow ' || p_order, p_amount);
    PERFORM tell(p_order, 1, 'place', p_caller, p_doc);
END $$;

CREATE FUNCTION ask(p_caller text, p_key text, p_order uuid, p_action text, p_fields jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO idempotency_keys (caller, key, fingerprint)
    VALUES (p_caller, p_key, md5(p_fields::text));
    INSERT INTO requests (order_id, request_id, action, actor_id, fields)
    VALUES (p_order, p_key, p_action, p_caller, p_fields);
END $$;

CREATE FUNCTION step(p_order uuid, p_key text, p_action text, p_actor text, p_doc jsonb,
                     p_is_last boolean) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_order orders;
BEGIN
    SELECT * INTO STRICT v_order FROM orders WHERE id = p_order FOR NO KEY UPDATE;
    UPDATE orders SET state = p_action, version = version + 1, doc = p_doc WHERE id = p_order;
    IF p_is_last THEN
        PERFORM move(p_order, 'escrow ' || p_order, 'wallet ' || v_order.seller_id, 1600);
        PERFORM move(p_order, 'escrow ' || p_order, 'commission ' || p_order, 400);
    END IF;
    PERFORM tell(p_order, v_order.version + 1, p_action, p_actor, p_doc);
    UPDATE requests SET outcome = jsonb_build_object('accepted', true)
    WHERE order_id = p_order AND request_id = p_key;
    RETURN v_order.version + 1;
END $$;

CREATE FUNCTION answer(p_caller text, p_key text, p_answer jsonb) RETURNS void
LANGUAGE sql AS $$
    UPDATE idempotency_keys SET answer = p_answer WHERE caller = p_caller AND key = p_key;
$$;
