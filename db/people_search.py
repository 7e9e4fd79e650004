"""People as operators look for them: by their id, or by words of their name."""

from dataclasses import dataclass

from db import users
from db.pool import Connection
from db.sought_text import words_query

MOST = 50

LOOKED_AT = 1_000
"""People with such a name who are collected and put in order: of a frequent name, some."""

BY_WORDS = f"""
    SELECT user_id, name FROM (
        SELECT user_id, coalesce(given, shown) AS name FROM display_names
        WHERE title_words(coalesce(given, shown)) @@ $1::text::tsquery LIMIT {LOOKED_AT}) AS few
    ORDER BY user_id LIMIT $2
"""


@dataclass(frozen=True)
class FoundPerson:
    """Somebody by their id, and what they are called, if anything."""

    user_id: str
    name: str | None


async def found(connection: Connection, text: str) -> list[FoundPerson]:
    """Return up to `MOST` people, first the one whose id the text is."""
    known = await users.get(connection, text)
    query = await words_query(connection, text)
    rows = await connection.fetch(BY_WORDS, query, MOST) if query else []
    exact = [FoundPerson(text, known.name)] if known else []
    return [*exact, *(FoundPerson(**dict(row)) for row in rows if row["user_id"] != text)]
