-- Payments that their payers' banks take back: a row for each, whose reference at the provider makes the same one
-- told again a replay, and what people owe for those that are lost. An account of what is owed is below zero by it:
-- what has left the books at the provider and is still in somebody's hands.

LOCK TABLE ledger.account, ledger.tx IN ACCESS EXCLUSIVE MODE; -- for an instant; in the order in which postings lock
ALTER TABLE ledger.account DROP CONSTRAINT account_kind_check;
ALTER TABLE ledger.tx DROP CONSTRAINT tx_kind_check, DROP CONSTRAINT order_of_kind;
-- NOT VALID: what was written before keeps to narrower ones.
-- harmless: account_kind_check, since it allows all that it allowed before
ALTER TABLE ledger.account ADD CONSTRAINT account_kind_check
    CHECK (kind IN ('wallet', 'escrow', 'commission', 'world', 'payout_pending', 'receivable')) NOT VALID;
-- harmless: tx_kind_check, since it allows all that it allowed before
ALTER TABLE ledger.tx ADD CONSTRAINT tx_kind_check CHECK (kind IN (
    'hold', 'release', 'refund', 'split', 'reclaim', 'top_up', 'payout', 'commission_payout', 'reversal',
    'payout_hold', 'payout_done', 'payout_return', 'chargeback', 'recovery')) NOT VALID;
-- harmless: order_of_kind, since it allows all that it allowed before
ALTER TABLE ledger.tx ADD CONSTRAINT order_of_kind CHECK ((order_id IS NULL) = (kind IN (
    'top_up', 'payout', 'commission_payout', 'reversal',
    'payout_hold', 'payout_done', 'payout_return', 'chargeback', 'recovery'))) NOT VALID;
-- The unique key is what does each of them once: it can only be spelt in one way. An order that ends since its
-- payment was taken back has the key of every other end.
-- harmless: key_of_reclaim, since no release before writes such a kind
ALTER TABLE ledger.tx ADD CONSTRAINT key_of_reclaim CHECK (kind <> 'reclaim'
    OR key = 'order:' || coalesce(order_id::text, '?') || ':end') NOT VALID;
-- harmless: key_of_chargeback, since no release before writes such a kind
ALTER TABLE ledger.tx ADD CONSTRAINT key_of_chargeback CHECK (kind <> 'chargeback'
    OR key ~ '^chargeback:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}:(buyer|seller)$') NOT VALID;
-- harmless: key_of_recovery, since no release before writes such a kind
ALTER TABLE ledger.tx ADD CONSTRAINT key_of_recovery CHECK (kind <> 'recovery'
    OR key ~ '^recovery:(chargeback|order):[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}:(buyer|seller)$') NOT VALID;

CREATE TABLE chargebacks (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider       text NOT NULL,
    reference      text NOT NULL, -- as the provider calls it
    pay_in_id      uuid NOT NULL REFERENCES pay_ins,
    amount         bigint NOT NULL CHECK (amount BETWEEN 1 AND 10000000000),
    currency       char(3) NOT NULL,
    state          text NOT NULL CHECK (state IN ('opened', 'won', 'lost')),
    evidence_until timestamptz, -- until when the payment can be answered for
    reason         text, -- in the provider's words
    carried        text CHECK (carried IN ('opened', 'won', 'lost')), -- the state that was done all that it asks for
    created_at     timestamptz NOT NULL DEFAULT moved(clock_timestamp()),
    ended_at       timestamptz,
    CONSTRAINT one_chargeback_per_reference UNIQUE (provider, reference),
    CONSTRAINT opened_has_no_end CHECK ((state = 'opened') = (ended_at IS NULL))
);
-- What is disputed once cannot be lost twice.
CREATE UNIQUE INDEX one_chargeback_at_a_time ON chargebacks (pay_in_id) WHERE state <> 'won';
CREATE INDEX chargebacks_of_pay_in ON chargebacks (pay_in_id, created_at);
CREATE INDEX chargebacks_not_carried ON chargebacks (created_at) WHERE carried IS DISTINCT FROM state;
CREATE INDEX chargebacks_by_age ON chargebacks (created_at DESC, id DESC);

CREATE TRIGGER no_delete BEFORE DELETE ON chargebacks
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON chargebacks
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE chargebacks ENABLE ALWAYS TRIGGER no_delete;
ALTER TABLE chargebacks ENABLE ALWAYS TRIGGER no_truncate;

CREATE INDEX pay_ins_of_order ON pay_ins (order_id) WHERE order_id IS NOT NULL;

-- What somebody owes: as much as their account of that kind is below zero.
CREATE TABLE receivables (
    user_id  text NOT NULL,
    currency char(3) NOT NULL,
    owed     bigint NOT NULL,
    PRIMARY KEY (user_id, currency),
    CONSTRAINT no_more_recovered_than_owed CHECK (owed >= 0)
);
CREATE INDEX receivables_owed ON receivables (user_id, currency) WHERE owed > 0;

CREATE TRIGGER no_delete BEFORE DELETE ON receivables
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON receivables
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE receivables ENABLE ALWAYS TRIGGER no_delete;
ALTER TABLE receivables ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON chargebacks, receivables TO sequestre_app;
