-- What an order or a request becomes stands in no index of its own table any more (0022): an update finds
-- room beside the row that it replaces, and no index hears of it. A transaction of its own, since nobody
-- reads while it lasts, which is for an instant.
LOCK TABLE orders, requests IN ACCESS EXCLUSIVE MODE;

DROP INDEX orders_that_count, orders_in_dispute, orders_not_started;
DROP INDEX requests_undecided, requests_waiting;
