"""The guards of the tables, asleep while rows come in that have passed them once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from db.pool import Connection


@asynccontextmanager
async def unguarded(owner: Connection) -> AsyncIterator[None]:
    """Let the tables take what they are given: their triggers would do what was done already."""
    triggers = await owner.fetch(
        "SELECT tgrelid::regclass::text AS tbl, tgname, tgenabled::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    guards = {"A": "ENABLE ALWAYS", "O": "ENABLE", "R": "ENABLE REPLICA"}
    for one in triggers:
        await owner.execute(f"ALTER TABLE {one['tbl']} DISABLE TRIGGER {one['tgname']}")
    await owner.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        await owner.execute("SET session_replication_role = origin")
        for one in triggers:
            what = guards[one["tgenabled"]]
            await owner.execute(f"ALTER TABLE {one['tbl']} {what} TRIGGER {one['tgname']}")
