-- What a provider has said and nobody has done anything about is told to its workflow again after a while, however far
-- its payment was: Temporal's store may have been lost meanwhile, or somebody ended the workflow.
CREATE INDEX provider_events_undecided ON provider_events (told_at) WHERE outcome IS NULL;
-- Of one person no more payments wait to be made than may.
CREATE INDEX pay_ins_open_of_user ON pay_ins (user_id) WHERE state = 'open';
