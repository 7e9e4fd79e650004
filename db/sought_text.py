"""What somebody typed who looks for orders: words of a title, a person's id, or an order's."""

import re
from dataclasses import dataclass
from uuid import UUID

from db.pool import Connection

RARE = 10_000
"""Orders with these words in their title up to which they are collected and sorted."""

_BEGINNING = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]*", re.IGNORECASE)
_HEX_DIGITS = 32

# A word of one or two letters is looked for whole: half of all titles have one that begins so.
_WORDS = """
    SELECT string_agg(quote_literal(lexeme) || CASE WHEN length(lexeme) > 2 THEN ':*' ELSE '' END,
                      ' & ')
    FROM unnest(title_words($1))
"""
# What is as frequent as the planner thinks is not counted: an index of words is read as a whole.
_HOW_MANY = """
    SELECT CASE WHEN titles_expected($1) > 2 * $2::bigint THEN $2 ELSE (SELECT count(*) FROM (
        SELECT FROM orders WHERE title_words(title) @@ $1::text::tsquery LIMIT $2) AS few) END
"""


@dataclass(frozen=True)
class SoughtText:
    """It as it was typed, the query for titles that it makes, whether few titles fit, and the ids
    of orders that begin with it, from the first to the last."""

    text: str
    titles: str | None
    is_rare: bool
    ids: tuple[UUID, UUID] | None


async def words_query(connection: Connection, text: str) -> str | None:
    """Return the query that finds what has the words of a text; None where it has none."""
    query: str | None = await connection.fetchval(_WORDS, text)
    return query


async def sought_text(connection: Connection, text: str) -> SoughtText:
    """Return what a text can mean."""
    titles = await words_query(connection, text)
    number = await connection.fetchval(_HOW_MANY, titles, RARE + 1) if titles else 0
    return SoughtText(text, titles, number <= RARE, ids_beginning(text))


def ids_beginning(text: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begin with a text of eight digits or more."""
    digits = text.replace("-", "")
    if not _BEGINNING.fullmatch(text) or len(digits) > _HEX_DIGITS:
        return None
    return UUID(digits.ljust(_HEX_DIGITS, "0")), UUID(digits.ljust(_HEX_DIGITS, "f"))
