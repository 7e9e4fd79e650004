-- What the provider calls the money that came in: of two payments under one pay-in, the one that is in the books and
-- the other are told apart by it, when a bank disputes one of them. Null in what was said before.
ALTER TABLE provider_events ADD COLUMN payment text;

-- Since when the provider does not say what becomes of a payment that it is asked about, and why; null where it does.
ALTER TABLE pay_ins
    ADD COLUMN silent_since   timestamptz,
    ADD COLUMN silent_because text;
ALTER TABLE payouts
    ADD COLUMN silent_since   timestamptz,
    ADD COLUMN silent_because text;
GRANT UPDATE (silent_since, silent_because) ON pay_ins, payouts TO sequestre_app;
