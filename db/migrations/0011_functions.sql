-- From here on every function stands once, in db/functions/. What `migrate` put in place: the checksum
-- of the file, and of what the database then had under its name, by which a change by hand is seen.

CREATE TABLE schema_functions (
    name      text PRIMARY KEY,
    checksum  text NOT NULL,
    standing  text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
