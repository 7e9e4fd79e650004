-- When somebody last showed a token with these roles. Who is told as one of all who have a role is so for
-- a day after that: a role that was taken away is not announced, it is only no longer shown.

ALTER TABLE people ADD COLUMN roles_at timestamptz NOT NULL DEFAULT now();

GRANT UPDATE (roles_at) ON people TO sequestre_app;
