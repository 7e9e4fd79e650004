-- What people are called, for those who read of them. Beside `people` and not in it: what somebody is
-- called says nothing of how they want to be told, and a token's name is noted of people who never said so.

CREATE TABLE display_names (
    user_id    text PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 100),
    given      text CHECK (length(given) BETWEEN 1 AND 80), -- by themselves or the marketplace, the last of them
    shown      text CHECK (length(shown) BETWEEN 1 AND 80), -- by their last token that had one
    updated_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT ON display_names TO sequestre_app;
GRANT UPDATE (given, shown, updated_at) ON display_names TO sequestre_app;

-- Nothing is known of the roles of somebody whom the marketplace set up and who has shown no token since. An
-- empty list would say that they have none.
ALTER TABLE people ALTER COLUMN roles DROP NOT NULL;
