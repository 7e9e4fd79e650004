"""The database's clock and the API's, moved by hand: in a database of the test's own.

The product stamps requests and judges deadlines by the database's clock. In this database the
clock's functions give another answer to all that the product asks, and nothing else is changed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from db.pool import APP_ROLE

if TYPE_CHECKING:
    Owner: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Owner = asyncpg.Connection

_FUNCTIONS = f"""
CREATE SCHEMA moved;
CREATE TABLE moved.clock (ahead interval NOT NULL, stopped timestamptz);
INSERT INTO moved.clock VALUES ('0', NULL);
CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(stopped, pg_catalog.clock_timestamp() + ahead) FROM moved.clock $$;
CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT coalesce(stopped, pg_catalog.now() + ahead) FROM moved.clock $$;
GRANT USAGE ON SCHEMA moved TO {APP_ROLE};
GRANT SELECT ON moved.clock TO {APP_ROLE};
"""

_EVERYWHERE = r"""
DO $do$
DECLARE
    one record;
BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = moved, pg_catalog, public',
                   current_database());
    -- Functions with a path of their own look along it, not along the database's.
    FOR one IN
        SELECT p.oid::regprocedure AS name, substr(setting, length('search_path=') + 1) AS path
        FROM pg_proc p, unnest(p.proconfig) AS setting
        WHERE setting LIKE 'search_path=%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = moved, pg_catalog, %s',
                       one.name, one.path);
    END LOOP;
    -- Defaults are bound to their function when the table is made.
    FOR one IN
        SELECT d.adrelid::regclass AS relation, a.attname AS name,
               pg_get_expr(d.adbin, d.adrelid) AS said
        FROM pg_attrdef d JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
        WHERE pg_get_expr(d.adbin, d.adrelid) ~ '\m(now|clock_timestamp)\(\)'
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I SET DEFAULT %s',
                       one.relation, one.name,
                       regexp_replace(one.said, '(now|clock_timestamp)\(\)', 'moved.\1()'));
    END LOOP;
END $do$;
"""


async def movable(owner: Owner) -> "Clock":
    """Puts a clock that can be moved into the owner's database, for connections made afterwards."""
    await owner.execute(_FUNCTIONS)
    await owner.execute(_EVERYWHERE)
    return Clock(owner)


class Clock:
    """The time as the database and the API have it. It never goes back."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._ahead = timedelta()
        self._stopped: datetime | None = None

    def now(self, _zone: tzinfo | None = None) -> datetime:
        """The instant (UTC). It stands in for `datetime` where the API asks for the time."""
        return self._stopped or datetime.now(UTC) + self._ahead

    async def forward(self, to: datetime) -> None:
        """Moves on to an instant, unless it is past it."""
        await self._set(self._ahead + max(timedelta(), to - self.now()), None)

    @asynccontextmanager
    async def stopped(self, at: datetime) -> AsyncIterator[None]:
        """While the block lasts, it is exactly this instant."""
        assert at >= self.now()
        await self._set(self._ahead, at)
        try:
            yield
        finally:
            await self._set(at - datetime.now(UTC), None)

    async def _set(self, ahead: timedelta, stopped: datetime | None) -> None:
        self._ahead, self._stopped = ahead, stopped
        await self._owner.execute("UPDATE moved.clock SET ahead = $1, stopped = $2", ahead, stopped)
