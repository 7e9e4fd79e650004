"""What somebody typed who looks for orders: words of a title or of a name, a person's id, or an
order's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db.display_names import named
from db.pool import Connection

RARE = 10_000
"""Orders with these words in their title up to which they are collected and sorted."""

FEW_PEOPLE = 10
"""People with these words in their name up to whom a list goes along the orders of each."""

_BEGINNING = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]*", re.IGNORECASE)
_HEX_DIGITS = 32

# A word of one or two letters is looked for whole: half of all titles have one that begins so.
WORDS = """
    SELECT string_agg(quote_literal(lexeme) || CASE WHEN length(lexeme) > 2 THEN ':*' ELSE '' END,
                      ' & ')
    FROM unnest(title_words($1))
"""
"""SQL for the query that finds what has the words of a text $1; NULL where it has none."""

# What is as frequent as the planner thinks is not counted: an index of words is read as a whole.
_MEANS = f"""
    SELECT words.query,
           CASE WHEN titles_expected(words.query) > 2 * $2::bigint THEN $2 ELSE (
               SELECT count(*) FROM (
                   SELECT FROM orders WHERE title_words(title) @@ words.query::tsquery
                   LIMIT $2) AS few) END AS number,
           ARRAY(SELECT user_id FROM display_names
                 WHERE {named("display_names", "words.query")} LIMIT $3) AS people
    FROM (SELECT ({WORDS}) AS query) AS words
"""


@dataclass(frozen=True)
class SoughtText:
    """It as it was typed, the query that its words make, for titles and names, whether few titles
    and few names fit, the ids of orders that begin with it, from the first to the last, and the
    ids of the few people whose name has the words."""

    text: str
    words: str | None
    is_rare: bool
    ids: tuple[UUID, UUID] | None
    people: Sequence[str] = ()


async def sought_text(connection: Connection, text: str) -> SoughtText:
    """Return what a text can mean."""
    (row,) = await connection.fetch(_MEANS, text, RARE + 1, FEW_PEOPLE + 1)
    people = [one for one in row["people"] if one != text]
    is_rare = row["number"] <= RARE and len(row["people"]) <= FEW_PEOPLE
    return SoughtText(text, row["query"], is_rare, ids_beginning(text), people)


def ids_beginning(text: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begin with a text of eight digits or more."""
    digits = text.replace("-", "")
    if not _BEGINNING.fullmatch(text) or len(digits) > _HEX_DIGITS:
        return None
    return UUID(digits.ljust(_HEX_DIGITS, "0")), UUID(digits.ljust(_HEX_DIGITS, "f"))
