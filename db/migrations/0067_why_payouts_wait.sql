-- Why a second person was asked to approve a payout: it is more than an amount, by itself or together with others of
-- its owner that nobody approved. Kept as it was decided, since settings change and others come back. Null: nobody was
-- asked, or a process of the release before did.
ALTER TABLE payouts
    ADD COLUMN approval_above bigint, -- more than so many minor units
    ADD COLUMN others_amount  bigint, -- together with so many; null: by itself
    ADD COLUMN others_count   integer, -- in so many payouts
    ADD COLUMN others_since   timestamptz; -- of which the first was asked for then

-- NOT VALID: what was written before has none of it.
-- harmless: more_than_is_let_go, since no release before writes such a column
ALTER TABLE payouts ADD CONSTRAINT more_than_is_let_go
    CHECK (amount + coalesce(others_amount, 0) > approval_above) NOT VALID;
-- harmless: others_are_whole, since no release before writes such a column
ALTER TABLE payouts ADD CONSTRAINT others_are_whole
    CHECK (num_nulls(others_amount, others_count, others_since) = 3
           OR num_nulls(approval_above, others_amount, others_count, others_since) = 0) NOT VALID;
-- What a second person was asked about goes nowhere without them.
-- harmless: let_go_by_a_second_person, since no release before writes such a column
ALTER TABLE payouts ADD CONSTRAINT let_go_by_a_second_person
    CHECK (approval_above IS NULL OR approved_by IS NOT NULL OR state IN ('requested', 'cancelled')) NOT VALID;
