"""Whether the database is there."""

from db.pool import Connection


async def answers(connection: Connection) -> bool:
    """True once the schema can be read."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM orders) IS NOT NULL"))
