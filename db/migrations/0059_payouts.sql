-- Money that goes out through a payment provider: it leaves the wallet at once for an account of its own, from
-- where it goes out or comes back. A row of a payout is there before the provider is asked for it, so that what
-- dies in between asks for the same one again.

LOCK TABLE ledger.account, ledger.tx IN ACCESS EXCLUSIVE MODE; -- for an instant; in the order in which postings lock
ALTER TABLE ledger.account DROP CONSTRAINT account_kind_check;
ALTER TABLE ledger.tx DROP CONSTRAINT tx_kind_check, DROP CONSTRAINT order_of_kind;
-- NOT VALID: what was written before keeps to narrower ones.
-- harmless: account_kind_check, since it allows all that it allowed before
ALTER TABLE ledger.account ADD CONSTRAINT account_kind_check
    CHECK (kind IN ('wallet', 'escrow', 'commission', 'world', 'payout_pending')) NOT VALID;
-- harmless: tx_kind_check, since it allows all that it allowed before
ALTER TABLE ledger.tx ADD CONSTRAINT tx_kind_check CHECK (kind IN (
    'hold', 'release', 'refund', 'split', 'top_up', 'payout', 'commission_payout', 'reversal',
    'payout_hold', 'payout_done', 'payout_return')) NOT VALID;
-- harmless: order_of_kind, since it allows all that it allowed before
ALTER TABLE ledger.tx ADD CONSTRAINT order_of_kind CHECK ((order_id IS NULL) = (kind IN (
    'top_up', 'payout', 'commission_payout', 'reversal',
    'payout_hold', 'payout_done', 'payout_return'))) NOT VALID;
-- The unique key is what moves a payout's money once each way: it can only be spelt in one way.
-- harmless: key_of_payout, since no release before writes such a kind
ALTER TABLE ledger.tx ADD CONSTRAINT key_of_payout CHECK (kind NOT LIKE 'payout\_%'
    OR key ~ ('^' || kind || ':[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$')) NOT VALID;

-- harmless: operator_journal_subject_check, since it allows all that it allowed before
ALTER TABLE operator_journal DROP CONSTRAINT operator_journal_subject_check,
    ADD CONSTRAINT operator_journal_subject_check CHECK (subject IN (
        'order', 'transfer', 'user', 'endpoint', 'delivery', 'clock', 'list', 'payout', 'workflow')) NOT VALID;

-- Where the provider pays somebody out, and whether it does.
CREATE TABLE payout_accounts (
    provider   text NOT NULL,
    user_id    text NOT NULL,
    reference  text NOT NULL, -- as the provider calls it
    state      text NOT NULL CHECK (state IN ('pending', 'active', 'restricted')),
    asked      text[] NOT NULL, -- what the provider still asks of them, in its words
    said_at    timestamptz NOT NULL, -- when the provider said so, by its clock
    PRIMARY KEY (provider, user_id),
    CONSTRAINT one_owner_an_account UNIQUE (provider, reference)
);

GRANT SELECT, INSERT ON payout_accounts TO sequestre_app;
GRANT UPDATE (state, asked, said_at) ON payout_accounts TO sequestre_app;

CREATE TABLE payouts (
    id          uuid PRIMARY KEY,
    user_id     text NOT NULL,
    amount      bigint NOT NULL CHECK (amount BETWEEN 1 AND 10000000000),
    currency    char(3) NOT NULL,
    provider    text NOT NULL,
    account     text NOT NULL, -- where it goes, as the provider calls it
    state       text NOT NULL
                CHECK (state IN ('requested', 'pending', 'paid', 'failed', 'returned', 'cancelled')),
    approved_by text, -- the second person, where one was asked for
    attempts    integer NOT NULL DEFAULT 0, -- how often the provider was asked to pay it
    called_at   timestamptz, -- when it was first; from then on nobody but the provider knows whether it is out
    reference   text, -- as the provider calls it; null while it has not answered
    reason      text, -- why it came to nothing, or what keeps it
    hold_id     uuid NOT NULL UNIQUE, -- the transfers that moved its money: out of the wallet,
    done_id     uuid UNIQUE, -- out of the books,
    return_id   uuid UNIQUE, -- and back into the wallet
    told_at     timestamptz, -- when its workflow was last told; null: it is to be
    created_at  timestamptz NOT NULL DEFAULT moved(now()),
    ended_at    timestamptz,
    CONSTRAINT paid_is_out CHECK ((state IN ('paid', 'returned')) = (done_id IS NOT NULL)),
    CONSTRAINT unpaid_is_back CHECK ((state IN ('failed', 'returned', 'cancelled')) = (return_id IS NOT NULL)),
    CONSTRAINT open_has_no_end CHECK ((state IN ('requested', 'pending')) = (ended_at IS NULL)),
    CONSTRAINT approved_before_called CHECK (called_at IS NULL OR state <> 'requested'),
    CONSTRAINT by_a_second_person CHECK (approved_by <> user_id)
);
CREATE INDEX payouts_of_user ON payouts (user_id, created_at DESC, id DESC);
CREATE INDEX payouts_by_age ON payouts (created_at DESC, id DESC);
CREATE INDEX payouts_in_state ON payouts (state, created_at DESC, id DESC);
CREATE INDEX payouts_of_user_in_state ON payouts (user_id, state, created_at DESC, id DESC);
CREATE INDEX payouts_by_call ON payouts (called_at) WHERE called_at IS NOT NULL;
CREATE INDEX payouts_untold ON payouts (created_at) WHERE told_at IS NULL;

CREATE TRIGGER no_delete BEFORE DELETE ON payouts
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON payouts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE payouts ENABLE ALWAYS TRIGGER no_delete;
ALTER TABLE payouts ENABLE ALWAYS TRIGGER no_truncate;

-- What somebody has earned with an order and what cannot be paid out yet: of a wallet so much less is available.
CREATE TABLE uncleared (
    tx_id     bigint PRIMARY KEY REFERENCES ledger.tx,
    user_id   text NOT NULL,
    currency  char(3) NOT NULL,
    amount    bigint NOT NULL CHECK (amount > 0),
    clears_at timestamptz NOT NULL
);
CREATE INDEX uncleared_of_user ON uncleared (user_id, currency, clears_at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON uncleared
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON uncleared
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE uncleared ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE uncleared ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON payouts, uncleared TO sequestre_app;
GRANT UPDATE (attempts, called_at, reason, told_at) ON payouts TO sequestre_app;
