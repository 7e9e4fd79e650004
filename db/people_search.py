"""People as operators look for them: by their id, or by words of their name."""

from dataclasses import dataclass

from db import users
from db.display_names import named
from db.pool import Connection
from db.sought_text import WORDS
from db.together import IN_ONE_TRIP, together

MOST = 50

LOOKED_AT = 200
"""People with such a name who are collected and put in order: of a frequent name, some. Each is
read at a place of their own."""

BY_WORDS = f"""
    SELECT user_id, name FROM (
        SELECT user_id, coalesce(given, shown) AS name FROM display_names
        WHERE {named("display_names", "$1::text")} LIMIT {LOOKED_AT}) AS few
    ORDER BY user_id LIMIT $2
"""


@dataclass(frozen=True)
class FoundPerson:
    """Somebody by their id, and what they are called, if anything."""

    user_id: str
    name: str | None


async def found(connection: Connection, text: str) -> list[FoundPerson]:
    """Return up to `MOST` people, first the one whose id the text is."""
    known, by_words = await together(
        connection, users.get(IN_ONE_TRIP, text), _by_words(IN_ONE_TRIP, text)
    )
    exact = [FoundPerson(text, known.name)] if known else []
    return [*exact, *(one for one in by_words if one.user_id != text)]


async def _by_words(connection: Connection, text: str) -> list[FoundPerson]:
    # First: where the planner knows the words, it reads of a frequent one no more than it gives.
    words = await connection.fetchval(WORDS, text)
    rows = await connection.fetch(BY_WORDS, words, MOST) if words else []
    return [FoundPerson(**dict(row)) for row in rows]
