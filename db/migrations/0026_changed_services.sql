-- What sellers offer changes and is archived; and services, orders and endpoints carry what the marketplace
-- calls them and notes on them. Columns with a constant default: no row is rewritten under the lock. An
-- order's stand beside its row, which each step writes anew, and are written once, by place_order.

-- In the order in which placing an order and its steps come to these tables.
ALTER TABLE services
    ADD COLUMN version     integer NOT NULL DEFAULT 1,
    ADD COLUMN archived_at timestamptz,
    ADD COLUMN external_id text,
    ADD COLUMN metadata    jsonb NOT NULL DEFAULT '{}';

CREATE TABLE order_metadata (
    order_id    uuid PRIMARY KEY REFERENCES orders,
    external_id text,
    metadata    jsonb NOT NULL
);
CREATE UNIQUE INDEX one_order_per_external_id ON order_metadata (external_id);

ALTER TABLE webhook_endpoints
    ADD COLUMN external_id text,
    ADD COLUMN metadata    jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX one_endpoint_per_external_id ON webhook_endpoints (external_id);

GRANT SELECT ON order_metadata TO sequestre_app;
GRANT UPDATE (title, description, price, currency, delivery_time, revision_time, revisions_included,
              version, archived_at, external_id, metadata) ON services TO sequestre_app;
GRANT DELETE ON extras TO sequestre_app; -- those of a service are written anew, with the ids that stay
GRANT UPDATE (external_id, metadata) ON webhook_endpoints TO sequestre_app;
