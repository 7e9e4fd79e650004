-- E-mails of one order to one person are gathered: a letter is all that one mail tells. What is in a
-- letter stays in it, so that a mail that has to be sent again says the same.

ALTER TABLE deliveries
    ADD COLUMN letter        bigint,     -- the first delivery of the letter that this one is in
    ADD COLUMN in_hand_until timestamptz; -- until then an attempt at it counts as under way

GRANT UPDATE (letter, in_hand_until) ON deliveries TO sequestre_app;
