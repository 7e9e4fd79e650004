-- The order that was to be placed with a payment which failed or lapsed is kept for a while, since who pays late has
-- paid; then its brief goes (prune_pay_ins), and is found along this.
CREATE INDEX pay_ins_unpaid_with_a_wish ON pay_ins (ended_at)
    WHERE state IN ('failed', 'lapsed') AND wish IS NOT NULL;

-- Whose money is kept back while a payment is disputed is told so, and told when that ends well: nothing is posted for
-- either. Such a notice has no posting, but its dispute, what is told of it, and how much is kept back.
ALTER TABLE wallet_notices ALTER COLUMN tx_id DROP NOT NULL,
    ADD COLUMN chargeback_id uuid,
    ADD COLUMN told text,
    ADD COLUMN amount bigint;
-- harmless: told_of_one_thing, since releases before name the posting and nothing else
ALTER TABLE wallet_notices ADD CONSTRAINT told_of_one_thing CHECK (
    num_nonnulls(tx_id, chargeback_id) = 1 AND num_nonnulls(chargeback_id, told, amount) IN (0, 3)
    AND told IN ('opened', 'won') AND amount > 0);
-- harmless: told_once_of_a_dispute, since releases before name no dispute
ALTER TABLE wallet_notices ADD CONSTRAINT told_once_of_a_dispute UNIQUE (chargeback_id, told, user_id);
