-- What the operators' pages show and no table had: what the last looks at the books found, the nightly one and
-- that of `sequestre check`, and people by the words of their name, of which an index holds what `title_words`
-- gives. Both are new beside what is there: the release before goes on as it did.

CREATE TABLE last_checks (
    kind      text PRIMARY KEY CHECK (kind IN ('nightly', 'full')),
    at        timestamptz NOT NULL DEFAULT moved(clock_timestamp()),
    orders    integer NOT NULL CHECK (orders >= 0),
    books     integer NOT NULL CHECK (books >= 0),
    differing integer NOT NULL CHECK (differing >= 0),
    unproved  integer NOT NULL CHECK (unproved >= 0),
    findings  jsonb NOT NULL -- the first of them: about, check, subject, problem
);

GRANT SELECT ON last_checks TO sequestre_app;
GRANT INSERT (kind, orders, books, differing, unproved, findings) ON last_checks TO sequestre_app;
GRANT UPDATE (at, orders, books, differing, unproved, findings) ON last_checks TO sequestre_app;

CREATE INDEX display_names_by_words ON display_names USING gin (title_words(coalesce(given, shown)));
