"""Transfers: what passed between the books and the outside world, and what of it was taken back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from db.display_names import name_of
from db.pool import Connection, no_overdraft
from domain.ledger import NeverTakenBack


class Fate(StrEnum):
    """What became of the wish to take a transfer back."""

    REVERSED = "reversed"
    BEFORE = "before"
    """Somebody has taken it back before."""
    NEVER = "reversal"
    """Nobody takes such a one back; nor does this release what only a newer one knows."""
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, _value: object) -> "Fate":
        return cls.NEVER


@dataclass(frozen=True)
class Reversed:
    """What became of the wish, the id of the transfer that takes it back, if one does, and why
    nobody ever does."""

    fate: Fate
    id: UUID | None
    never: NeverTakenBack | None


@dataclass(frozen=True)
class Transfer:
    """`amount` minor units that came in or went out, of a user's wallet or (`user_id` is None) of
    the platform's commission; `balance_after` is what the wallet then held, where it moved,
    `user_name` what the user is called now."""

    number: int
    id: UUID
    at: datetime
    kind: str
    user_id: str | None
    amount: int
    currency: str
    balance_after: int | None
    reference: str | None
    reverses: UUID | None
    reversed_by: UUID | None
    reason: str | None
    made_by: str | None
    user_name: str | None


@dataclass(frozen=True)
class Wanted:
    """Which transfers are looked for; None: all of them. `made_by` is who wrote them down."""

    user_id: str | None = None
    kind: str | None = None
    reference: str | None = None
    made_by: str | None = None


_TRANSFER = f"""
    SELECT o.tx_id AS number, o.id, t.created_at AS at, o.kind, o.user_id, x.amount, x.currency,
           CASE WHEN o.kind IN ('payout_done', 'chargeback') THEN NULL
                WHEN o.kind = 'payout_return' THEN x.credit_after
                ELSE coalesce(x.debit_after, x.credit_after) END AS balance_after, o.reference,
           (SELECT id FROM ledger.outside taken WHERE taken.tx_id = o.reverses) AS reverses,
           (SELECT id FROM ledger.outside back WHERE back.reverses = o.tx_id) AS reversed_by,
           o.reason, o.made_by, {name_of("o.user_id")} AS user_name
    FROM ledger.outside o JOIN ledger.tx t ON t.id = o.tx_id
    JOIN ledger.transfer x ON x.tx_id = o.tx_id AND x.leg = 1
"""


async def get(connection: Connection, transfer_id: UUID) -> Transfer | None:
    """Return one transfer; None where there is none."""
    row = await connection.fetchrow(f"{_TRANSFER} WHERE o.id = $1", transfer_id)
    return Transfer(**dict(row)) if row else None


async def page(
    connection: Connection, wanted: Wanted, before: int | None, limit: int
) -> list[Transfer]:
    """Return transfers, newest first, from after the one numbered `before`."""
    asked = {column: value for column, value in vars(wanted).items() if value is not None}
    # A kind as part of a range: told that it is equal to something, the planner may take a rare one
    # for a common one, and read everything that lies between.
    ranged = [one for one in ("user_id", "kind") if one in asked] if "kind" in asked else []
    values = [*asked.values(), 2**63 - 1 if before is None else before, limit]
    place = {column: f"${number}" for number, column in enumerate(asked, 1)}
    last = f"${len(asked) + 1}::bigint"
    conditions = [f"o.{one} = {place[one]}" for one in asked if one not in ranged]
    columns = ", ".join(f"o.{one}" for one in (*ranged, "tx_id"))
    begin = ", ".join(place[one] for one in ranged)
    conditions.append(f"({columns}) < ({', '.join(filter(None, (begin, last)))})")
    conditions += [f"({columns}) > ({begin}, 0)"] if ranged else []
    order = ", ".join(f"o.{one} DESC" for one in (*ranged, "tx_id"))
    # Only what is asked for stands in the statement: each filter has an index in the list's order.
    rows = await connection.fetch(
        f"{_TRANSFER} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ${len(values)}",
        *values,
    )
    return [Transfer(**dict(row)) for row in rows]


async def reverse(connection: Connection, transfer_id: UUID, reason: str, by: str) -> Reversed:
    """Take a transfer back, once, and tell the wallet's owner.

    Raises:
        InsufficientFunds: the wallet no longer holds what the top-up brought.
    """
    with no_overdraft():
        found = await connection.fetchval(
            "SELECT ledger.reverse($1, $2, $3)", transfer_id, reason, by
        )
    return _reversed(found)


async def refusal(connection: Connection, transfer_id: UUID) -> Reversed | None:
    """Return what whoever wants to take a transfer back is told before anything is tried; None
    where it is tried."""
    found = await connection.fetchval(
        "SELECT ledger.refused_reversal(o) AS refused FROM ledger.outside o WHERE o.id = $1",
        transfer_id,
    )
    return _reversed(found) if found else None


def _reversed(found: dict[str, Any]) -> Reversed:
    fate, made = Fate(found["status"]), found.get("id")
    never = NeverTakenBack(found.get("of", found["status"])) if fate is Fate.NEVER else None
    return Reversed(fate, UUID(made) if made else None, never)
