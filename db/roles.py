"""In which roles people are known: by them they are found when everybody who has one is told."""

from collections.abc import Collection

from db.pool import Connection


async def refresh(connection: Connection, user_id: str, roles: Collection[str]) -> None:
    """Notes the roles that somebody has now. Writes only where they differ, and nothing of people
    who never said how they want to be told. One look-up by people's primary key."""
    await connection.execute(
        "UPDATE people SET roles = $2 WHERE user_id = $1 AND roles <> $2", user_id, sorted(roles)
    )
