"""How people want to be told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from db.pool import Connection
from domain.vocabulary import Role

ROLES_LAPSE = "interval '1 day'"
"""For how long after somebody's last request they are told as one of all who have a role.
`write_event` says the same."""


@dataclass(frozen=True)
class Person:
    """How somebody wants to be told, and the roles that they had in the token with which they said
    so or were last seen."""

    language: str
    email: str | None
    by_email: bool
    time_zone: str
    roles: Sequence[str]


async def get(connection: Connection, user_id: str) -> Person | None:
    """Return a person, or None while they said nothing."""
    row = await connection.fetchrow(
        "SELECT language, email, by_email, time_zone, roles FROM people WHERE user_id = $1", user_id
    )
    return Person(**dict(row)) if row else None


async def put(
    connection: Connection,
    user_id: str,
    *,
    language: str,
    email: str | None,
    by_email: bool,
    time_zone: str,
    roles: Collection[str],
) -> None:
    """Keep what a person said, in place of what they said before. By `roles` they are found when
    everybody who has one is told."""
    await connection.execute(
        "INSERT INTO people (user_id, language, email, by_email, time_zone, roles)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (user_id) DO UPDATE SET language = excluded.language,"
        " email = excluded.email, by_email = excluded.by_email, time_zone = excluded.time_zone,"
        " roles = excluded.roles, roles_at = now(), updated_at = now()",
        user_id,
        language,
        email,
        by_email,
        time_zone,
        sorted(roles),
    )


async def refresh_roles(connection: Connection, user_id: str, roles: Collection[str]) -> None:
    """Note the roles that somebody has now. Nothing is kept of people who never said how they want
    to be told. One look-up by people's primary key."""
    await connection.execute(
        "UPDATE people SET roles = $2, roles_at = now() WHERE user_id = $1", user_id, sorted(roles)
    )


async def to_mail(connection: Connection, role: Role) -> list[str]:
    """Return the ids of everybody who has shown a role within a day, has an address and wants
    mails."""
    rows = await connection.fetch(
        "SELECT user_id FROM people WHERE roles @> ARRAY[$1::text]"
        f" AND roles_at > now() - {ROLES_LAPSE} AND email IS NOT NULL"
        " AND by_email ORDER BY user_id",
        role.value,
    )
    return [row["user_id"] for row in rows]
