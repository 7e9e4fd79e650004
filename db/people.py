"""How people want to be told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from db.pool import Connection
from domain.vocabulary import Role

ROLES_LAPSE = "interval '1 day'"
"""For how long after somebody's last request they are told as one of all who have a role.
`write_event` says the same."""


IS_CONFIRMED = (
    "EXISTS (SELECT FROM confirmed_addresses c"
    " WHERE c.user_id = people.user_id AND c.email = people.email)"
)
"""Whether the address that somebody has was confirmed. `write_event` says the same."""


@dataclass(frozen=True)
class Person:
    """How somebody wants to be told, and the roles that they had in the token with which they said
    so or were last seen; None where others set them up and they were not seen since. Until their
    address is confirmed, nothing is mailed to it but the question whether it is theirs."""

    language: str
    email: str | None
    by_email: bool
    time_zone: str
    roles: Sequence[str] | None
    is_confirmed: bool = False


async def get(connection: Connection, user_id: str) -> Person | None:
    """Return a person, or None while they said nothing."""
    row = await connection.fetchrow(
        f"SELECT language, email, by_email, time_zone, roles, {IS_CONFIRMED} AS is_confirmed"
        " FROM people WHERE user_id = $1",
        user_id,
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
    is_confirmed: bool = False,
) -> bool:
    """Keep what a person said, in place of what they said before, in one transaction. By `roles`
    they are found when everybody who has one is told. An address counts as confirmed if it
    `is_confirmed` by who sets it, or was so before; return whether it still has to be, and is
    another one than before."""
    async with connection.transaction():
        before = await connection.fetchval(
            "SELECT email FROM people WHERE user_id = $1 FOR UPDATE", user_id
        )
        await _put(connection, user_id, language, email, by_email, time_zone, roles)
        await _forget_confirmations(connection, user_id, email)
        if is_confirmed and email is not None:
            await confirm(connection, user_id, email)
    return email is not None and email != before and not is_confirmed


async def set_up(
    connection: Connection,
    user_id: str,
    *,
    language: str | None = None,
    time_zone: str | None = None,
    by_email: bool | None = None,
    email: str | None = None,
    sets_email: bool = False,
) -> None:
    """Keep what somebody else says of a person who needs no token for it, in one transaction: what
    is None stays as it is, the address unless `sets_email`. Such an address is confirmed, as who
    sets it answers for it. A person of whom nothing was known is mailed at their address unless
    told otherwise. Roles are not touched: tokens show them."""
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO people (user_id, language, time_zone, by_email, email, roles)"
            " VALUES ($1, coalesce($2, 'en'), coalesce($3, 'UTC'),"
            " coalesce($4, $5::text IS NOT NULL), $5, NULL)"
            " ON CONFLICT (user_id) DO UPDATE SET language = coalesce($2, people.language),"
            " time_zone = coalesce($3, people.time_zone),"
            " by_email = coalesce($4, people.by_email),"
            " email = CASE WHEN $6 THEN $5 ELSE people.email END, updated_at = moved(now())",
            user_id,
            language,
            time_zone,
            by_email,
            email,
            sets_email,
        )
        if sets_email:
            await _forget_confirmations(connection, user_id, email)
        if email is not None:
            await confirm(connection, user_id, email)


async def confirm(connection: Connection, user_id: str, email: str) -> None:
    """Note that an address is a person's own. Of somebody who has another one it says nothing."""
    await connection.execute(
        "INSERT INTO confirmed_addresses (user_id, email) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET email = excluded.email,"
        " confirmed_at = excluded.confirmed_at",
        user_id,
        email,
    )


async def _forget_confirmations(connection: Connection, user_id: str, email: str | None) -> None:
    """Let nothing count any more that was said of other addresses: neither what was confirmed nor
    the links that would."""
    await connection.execute(
        "DELETE FROM confirmed_addresses WHERE user_id = $1 AND email IS DISTINCT FROM $2",
        user_id,
        email,
    )
    await connection.execute(
        "UPDATE confirmations SET void_at = moved(now()), next_attempt = NULL WHERE user_id = $1"
        " AND email IS DISTINCT FROM $2 AND void_at IS NULL AND confirmed_at IS NULL",
        user_id,
        email,
    )


async def _put(
    connection: Connection,
    user_id: str,
    language: str,
    email: str | None,
    by_email: bool,
    time_zone: str,
    roles: Collection[str],
) -> None:
    await connection.execute(
        "INSERT INTO people (user_id, language, email, by_email, time_zone, roles)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (user_id) DO UPDATE SET language = excluded.language,"
        " email = excluded.email, by_email = excluded.by_email, time_zone = excluded.time_zone,"
        " roles = excluded.roles, roles_at = now(), updated_at = moved(now())",
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


async def shown_roles(connection: Connection, user_id: str) -> list[str] | None:
    """Return the roles that somebody showed last; None where nothing is known of them: who never
    said how to be told, or was set up by others and has shown no token since."""
    shown: list[str] | None = await connection.fetchval(
        "SELECT roles FROM people WHERE user_id = $1", user_id
    )
    return shown


async def to_mail(connection: Connection, role: Role) -> list[str]:
    """Return the ids of everybody who has shown a role within a day, has an address that is
    confirmed, and wants mails."""
    rows = await connection.fetch(
        "SELECT user_id FROM people WHERE roles @> ARRAY[$1::text]"
        f" AND roles_at > now() - {ROLES_LAPSE} AND by_email"
        f" AND {IS_CONFIRMED} ORDER BY user_id",
        role.value,
    )
    return [row["user_id"] for row in rows]
