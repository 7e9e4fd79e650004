-- The order that was to be placed with a payment which failed or lapsed is kept for a while, since who pays late has
-- paid; then its brief goes (prune_pay_ins), and is found along this.
CREATE INDEX pay_ins_unpaid_with_a_wish ON pay_ins (ended_at)
    WHERE state IN ('failed', 'lapsed') AND wish IS NOT NULL;
