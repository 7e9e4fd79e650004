"""Whether the database is there."""

from db.pool import Connection


async def answers(connection: Connection) -> bool:
    """Return True once the schema can be read."""
    # What counts is that the table can be read; an empty one is there as well.
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM orders) IS NOT NULL"))
