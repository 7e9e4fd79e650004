"""A case as a whole, of its parts."""

from collections.abc import Iterable
from typing import Any

from api.auth.order_roles import CallerRoles
from api.routes.cases import case_of
from api.schemas.cases import CaseView
from db.orders import OrderRow
from db.pool import Connection

MOST_PARTS = 5
"""Of a case that is longer the newest parts are taken."""

IN_A_PART = 100

ENTRIES = (
    *("deliveries", "refusals", "statements", "hand_overs", "proposals", "refused_attempts"),
    "journal",
)


async def whole_case(connection: Connection, row: OrderRow, roles: CallerRoles) -> CaseView:
    """Return the case of an order that its reader may see, with `next_cursor` where it is so long
    that its earliest parts are left out."""
    parts = [await case_of(connection, row, roles, None, IN_A_PART)]
    while parts[-1].next_cursor is not None and len(parts) < MOST_PARTS:
        parts.append(await case_of(connection, row, roles, parts[-1].next_cursor, IN_A_PART))
    return joined(parts, row.entries)


def joined(parts: list[CaseView], entries: int) -> CaseView:
    """Return the parts of a case as one, oldest first; its journal has so many entries."""
    lists: dict[str, list[Any]] = {
        name: sorted(_all(parts, name), key=lambda one: one.seq) for name in ENTRIES
    }
    journal, rest = lists["journal"], parts[-1].next_cursor
    is_whole = rest is None and len(journal) >= entries
    messages = sorted(_all(parts, "messages"), key=lambda one: int(one.id))
    more = {"messages": messages, "journal_whole": is_whole, "next_cursor": rest}
    return parts[0].model_copy(update={**lists, **more})


def _all(parts: Iterable[CaseView], name: str) -> Iterable[Any]:
    return (one for part in parts for one in getattr(part, name))
