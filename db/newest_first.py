"""Lists of rows as they were written, the newest first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.odd_values import AnyInstant


def newest_first(
    select: str,
    wanted: Mapping[str, object],
    after: tuple[AnyInstant, UUID] | None,
    limit: int,
) -> tuple[str, list[Any]]:
    """Return a statement and its arguments: of what is selected up to `limit` rows from after a
    position, with these columns as they are wanted; None: whatever they are."""
    # Only what is asked for stands in the statement: each filter has an index in the list's order.
    asked = {column: value for column, value in wanted.items() if value is not None}
    given = list[Any]([limit, *asked.values()])
    conditions = [f"{column} = ${number}" for number, column in enumerate(asked, 2)]
    if after is not None:
        given += after
        conditions.append(f"(created_at, id) < (${len(given) - 1}, ${len(given)})")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{select} {where} ORDER BY created_at DESC, id DESC LIMIT $1", given
