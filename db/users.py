"""Who somebody is to this service, by whatever it has of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.display_names import name_of
from db.people import IS_CONFIRMED, ROLES_LAPSE
from db.pool import Connection

# Each in the order of an index: for who has much, the planner would go through a table instead.
_NEWEST = "SELECT true FROM {0} WHERE {1} = $1 ORDER BY created_at DESC, id DESC LIMIT 1"
_HAS_LEFT_TRACES = f"""
    ({_NEWEST.format("orders", "buyer_id")}) OR ({_NEWEST.format("orders", "seller_id")})
    OR ({_NEWEST.format("services", "seller_id")})
    OR EXISTS (SELECT FROM ledger.account WHERE owner = $1 AND kind = 'wallet')
"""


@dataclass(frozen=True)
class User:
    """What is known of somebody. Who never said how they want to be told has no language here, and
    roles are those that their tokens showed within `ROLES_LAPSE`."""

    name: str | None
    language: str | None
    email: str | None
    is_confirmed: bool
    by_email: bool
    time_zone: str
    roles: Sequence[str]


NOBODY = User(None, None, None, is_confirmed=False, by_email=False, time_zone="UTC", roles=())
"""Of whom nothing is known."""


async def get(connection: Connection, user_id: str) -> User | None:
    """Return what is known of somebody; None where there is nothing of them: neither said, nor
    ordered, offered or paid. By index alone."""
    row = await connection.fetchrow(
        f"SELECT {name_of('$1')} AS name, people.language, people.email,"
        f" {IS_CONFIRMED} AS is_confirmed, coalesce(people.by_email, false) AS by_email,"
        " coalesce(people.time_zone, 'UTC') AS time_zone,"
        f" coalesce(CASE WHEN people.roles_at > now() - {ROLES_LAPSE} THEN people.roles END,"
        " '{}') AS roles FROM (SELECT) one LEFT JOIN people ON people.user_id = $1"
        " WHERE people.user_id IS NOT NULL"
        f" OR {name_of('$1')} IS NOT NULL OR {_HAS_LEFT_TRACES}",
        user_id,
    )
    return User(**dict(row)) if row else None
