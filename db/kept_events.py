"""What the books have of events that others have kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from db.pool import Connection
from domain.notices import MESSAGE

Told: TypeAlias = tuple[UUID, int, datetime, str]
"""An order, the number of an entry of its journal or of a message on it, its instant (UTC), and of
what type the event is that tells of it."""

Moved: TypeAlias = tuple[UUID, str]
"""A transfer, and of what type the event is that tells of it."""

Disputed: TypeAlias = tuple[str, str, str]
"""A dispute of a payment by its provider and what that calls it, and of what type the event is that
tells of it."""

_UNKNOWN = """
    SELECT kept.* FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[])
        AS kept (order_id, number, at, type)
    WHERE NOT EXISTS (SELECT FROM {})
"""
_STEPS = _UNKNOWN.format(
    "events e WHERE e.order_id = kept.order_id AND e.seq = kept.number AND e.at = kept.at"
    " AND e.accepted AND e.event = kept.type"
)
_MESSAGES = _UNKNOWN.format(
    "messages m WHERE m.order_id = kept.order_id AND m.number = kept.number AND m.at = kept.at"
    f" AND kept.type = '{MESSAGE}'"
)


async def unknown_steps(connection: Connection, steps: Sequence[Told]) -> set[Told]:
    """Return those of these steps that no journal has so."""
    return await _unknown(connection, _STEPS, steps)


async def unknown_messages(connection: Connection, said: Sequence[Told]) -> set[Told]:
    """Return those of these messages that nobody has written so."""
    return await _unknown(connection, _MESSAGES, said)


async def unknown_transfers(connection: Connection, transfers: Sequence[Moved]) -> set[Moved]:
    """Return those of these transfers that the books do not have so."""
    ids, types = zip(*transfers, strict=True) if transfers else ((), ())
    rows = await connection.fetch(
        "SELECT id, type FROM unnest($1::uuid[], $2::text[]) AS kept (id, type)"
        " WHERE NOT EXISTS (SELECT FROM ledger.outside o"
        " WHERE o.id = kept.id AND 'transfer.' || o.kind = kept.type)",
        list(ids),
        list(types),
    )
    return {(row["id"], row["type"]) for row in rows}


async def unknown_disputes(connection: Connection, disputes: Sequence[Disputed]) -> set[Disputed]:
    """Return those of these disputes that are not known, or not to have come so far."""
    columns = [list(column) for column in zip(*disputes, strict=True)] or [[], [], []]
    rows = await connection.fetch(
        "SELECT provider, reference, type FROM unnest($1::text[], $2::text[], $3::text[])"
        " AS kept (provider, reference, type) WHERE NOT EXISTS (SELECT FROM chargebacks c"
        " WHERE c.provider = kept.provider AND c.reference = kept.reference"
        " AND kept.type IN ('payment.dispute_opened', 'payment.dispute_' || c.state))",
        *columns,
    )
    return {(row["provider"], row["reference"], row["type"]) for row in rows}


async def _unknown(connection: Connection, query: str, told: Sequence[Told]) -> set[Told]:
    columns = [list(column) for column in zip(*told, strict=True)] if told else [[], [], [], []]
    rows = await connection.fetch(query, *columns)
    return {(row["order_id"], row["number"], row["at"], row["type"]) for row in rows}
