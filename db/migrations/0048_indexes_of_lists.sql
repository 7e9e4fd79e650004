-- Indexes in the order of lists that had none: somebody's orders by state, transfers of somebody by kind, messages
-- to an endpoint by status, and postings by age, where the statement of a month begins. A transaction of its own:
-- what is looked through is read meanwhile. In the order in which steps lock these.
CREATE INDEX sought_orders_of_buyer_by_state
    ON sought_orders (buyer_id, state, created_at DESC, order_id DESC);
CREATE INDEX sought_orders_of_seller_by_state
    ON sought_orders (seller_id, state, created_at DESC, order_id DESC);
CREATE INDEX tx_by_age ON ledger.tx (created_at);
CREATE INDEX outside_by_kind ON ledger.outside (kind, tx_id);
CREATE INDEX outside_of_user_by_kind ON ledger.outside (user_id, kind, tx_id);
CREATE INDEX deliveries_of_endpoint_by_status ON deliveries (endpoint_id, status, id)
    WHERE endpoint_id IS NOT NULL;
