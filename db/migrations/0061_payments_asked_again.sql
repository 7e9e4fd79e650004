-- Payments that have been under way for long are brought to their workflow again: Temporal's store may have been
-- lost meanwhile, or somebody ended the workflow.
CREATE INDEX pay_ins_open ON pay_ins (started_at) WHERE state = 'open';
CREATE INDEX payouts_under_way ON payouts (told_at) WHERE state IN ('requested', 'pending');
