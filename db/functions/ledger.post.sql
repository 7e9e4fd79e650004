-- Writes a transaction once. The same key and content again is a replay (false); the same key with
-- other content is an error (LG001). p_closes shuts the order's escrow for ever, empty.
CREATE OR REPLACE FUNCTION ledger.post(
    p_key text, p_kind text, p_order_id uuid, p_currency text, p_legs jsonb, p_closes boolean
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_print    bytea := ledger.fingerprint(p_kind, p_order_id, p_currency, p_legs);
    v_accounts bigint[];
    v_previous bytea;
    v_wallet   bigint;
    v_tx       bigint;
    v_hash     bytea;
    v_debit    bigint;
    v_credit   bigint;
    v_leg      record;
    v_debit_after  bigint;
    v_credit_after bigint;
    v_escrow       bigint;
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

    -- Each hash covers the one before it: in the chain of the order (its steps never overlap, its row
    -- is locked) or of the wallet (its balance is locked), so there is nothing to queue behind.
    IF p_order_id IS NOT NULL THEN
        SELECT hash INTO v_previous FROM ledger.tx
        WHERE order_id = p_order_id ORDER BY id DESC LIMIT 1;
    ELSE
        SELECT b.account_id, b.chain INTO v_wallet, v_previous
        FROM unnest(v_accounts) WITH ORDINALITY AS a (id, n)
        JOIN ledger.balance b ON b.account_id = a.id ORDER BY n LIMIT 1;
        -- Those of before there were chains are the anchor of the wallet's own.
        v_previous := coalesce(v_previous, (
            SELECT sha256(string_agg(t.hash, ''::bytea ORDER BY t.id)) FROM ledger.tx t
            WHERE t.order_id IS NULL AND t.previous IS NULL
              AND t.id IN (SELECT tx_id FROM ledger.entry WHERE account_id = v_wallet)), '');
    END IF;

    -- Stamped under the locks as well: who began before others and waited for them comes after them by instant, too.
    INSERT INTO ledger.tx (key, kind, order_id, currency, fingerprint, previous, hash, created_at)
    VALUES (p_key, p_kind, p_order_id, p_currency, v_print,
            CASE WHEN p_order_id IS NULL THEN v_previous END,
            sha256(coalesce(v_previous, ''::bytea) || convert_to(p_key, 'UTF8') || v_print),
            public.moved(clock_timestamp()))
    ON CONFLICT (key) DO NOTHING RETURNING id, hash INTO v_tx, v_hash;
    IF v_tx IS NULL THEN
        IF (SELECT fingerprint FROM ledger.tx WHERE key = p_key) <> v_print THEN
            RAISE EXCEPTION 'ledger key % was used with other content', p_key
                USING ERRCODE = 'LG001';
        END IF;
        RETURN false;
    END IF;
    IF v_wallet IS NOT NULL THEN
        UPDATE ledger.balance SET chain = v_hash WHERE account_id = v_wallet;
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
        v_escrow := ledger.account_id(
            jsonb_build_object('kind', 'escrow', 'owner', p_order_id), p_currency);
        UPDATE ledger.balance SET closed = true WHERE account_id = v_escrow;
    END IF;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION ledger.post(text, text, uuid, text, jsonb, boolean)
    FROM PUBLIC, sequestre_app;
