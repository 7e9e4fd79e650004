"""What the books have of events that others have kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from db.pool import Connection

Told: TypeAlias = tuple[UUID, int, datetime]
"""An order, the number of an entry of its journal or of a message on it, and its instant (UTC)."""

_UNKNOWN = """
    SELECT kept.* FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[])
        AS kept (order_id, number, at)
    WHERE NOT EXISTS (SELECT FROM {})
"""
_STEPS = _UNKNOWN.format(
    "events e WHERE e.order_id = kept.order_id AND e.seq = kept.number AND e.at = kept.at"
    " AND e.accepted"
)
_MESSAGES = _UNKNOWN.format(
    "messages m WHERE m.order_id = kept.order_id AND m.number = kept.number AND m.at = kept.at"
)


async def unknown_steps(connection: Connection, steps: Sequence[Told]) -> set[Told]:
    """Return those of these steps that no journal has so."""
    return await _unknown(connection, _STEPS, steps)


async def unknown_messages(connection: Connection, said: Sequence[Told]) -> set[Told]:
    """Return those of these messages that nobody has written so."""
    return await _unknown(connection, _MESSAGES, said)


async def unknown_transfers(connection: Connection, transfers: Sequence[UUID]) -> set[UUID]:
    """Return those of these transfers that the books do not have."""
    rows = await connection.fetch(
        "SELECT id FROM unnest($1::uuid[]) AS kept (id)"
        " WHERE NOT EXISTS (SELECT FROM ledger.outside o WHERE o.id = kept.id)",
        list(transfers),
    )
    return {row["id"] for row in rows}


async def _unknown(connection: Connection, query: str, told: Sequence[Told]) -> set[Told]:
    orders, numbers, instants = zip(*told, strict=True) if told else ((), (), ())
    rows = await connection.fetch(query, list(orders), list(numbers), list(instants))
    return {(row["order_id"], row["number"], row["at"]) for row in rows}
