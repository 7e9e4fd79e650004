-- What the nightly proof has found in order, so that it is not proved again: ended orders and accounts,
-- each with the row version (xmin) that it had then. Whatever writes to the row makes it another one,
-- and has it proved anew. And what the nightly pruning goes by: what it removes of ended orders is
-- only ever removed of those that were proved.

CREATE TABLE proved_orders (
    order_id    uuid PRIMARY KEY REFERENCES orders,
    row_version xid NOT NULL,
    ended_at    timestamptz NOT NULL,
    proved_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    pruned_at   timestamptz -- null: its requests and deliveries are still there
);
CREATE INDEX proved_orders_to_prune ON proved_orders (ended_at, order_id) WHERE pruned_at IS NULL;

CREATE TABLE proved_accounts (
    account_id  bigint PRIMARY KEY REFERENCES ledger.account,
    row_version xid NOT NULL, -- that of its balance
    proved_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT ON proved_orders, proved_accounts TO sequestre_app;
GRANT INSERT (order_id, row_version, ended_at) ON proved_orders TO sequestre_app;
GRANT UPDATE (row_version, ended_at, proved_at, pruned_at) ON proved_orders TO sequestre_app;
GRANT INSERT (account_id, row_version) ON proved_accounts TO sequestre_app;
GRANT UPDATE (row_version, proved_at) ON proved_accounts TO sequestre_app;

-- Keys that have expired are found by their age.
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
