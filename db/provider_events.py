"""What a payment provider said: a row an event, and what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from db.display_names import name_of
from db.newer_values import known
from db.odd_values import AnyInstant
from db.pool import Connection
from domain.payments import MAY_BE_GONE, EventOutcome, ProviderEventKind
from providers.protocol import ProviderEvent


@dataclass(frozen=True)
class KeptEvent:
    """An event as it was kept; amounts are in minor units. Without an `outcome` the workflow that
    it concerns has not come to it."""

    number: int
    provider: str
    id: str
    kind: str
    name: str
    at: AnyInstant
    reference: str | None
    ours: str | None
    amount: int | None
    currency: str | None
    reason: str | None
    received_at: AnyInstant
    outcome: EventOutcome | None


async def note(connection: Connection, provider: str, event: ProviderEvent) -> bool:
    """Write an event down, once an id; return whether it is new."""
    money, until, account = event.money, event.evidence_until, event.account
    is_new: bool = await connection.fetchval(
        "SELECT note_provider_event($1)",
        {
            "provider": provider,
            "id": event.id,
            "kind": event.kind,
            "name": event.name,
            "at": event.at.isoformat(),
            "reference": event.reference,
            "ours": event.ours,
            "amount": money and money.amount,
            "currency": money and money.currency,
            "reason": event.reason,
            "payment": event.payment,
            "evidence_until": until and until.isoformat(),
            "account": account and {"state": account.state, "asked": account.asked},
        },
    )
    return is_new


@dataclass(frozen=True)
class UntoldEvent:
    """An event whose workflow has not been told of it, and the payment that it concerns, in or
    out."""

    number: int
    kind: ProviderEventKind
    ours: UUID


async def untold(connection: Connection, limit: int, but: Sequence[int] = ()) -> list[UntoldEvent]:
    """Return the events, but for these, whose workflow has not been told, oldest first; then those
    of which it was told so long ago, and has done nothing, that it may be gone. What a newer
    release alone knows to be of a payment is left to that."""
    rows = await connection.fetch(
        "(SELECT number, kind, ours::uuid AS ours FROM provider_events"
        " WHERE told_at IS NULL AND outcome IS NULL AND number <> ALL ($3::bigint[])"
        "  AND kind = ANY ($4::text[]) ORDER BY number LIMIT $1) UNION ALL"
        " (SELECT number, kind, ours::uuid FROM provider_events WHERE outcome IS NULL"
        "  AND told_at < (SELECT moved(now())) - $2::interval AND number <> ALL ($3::bigint[])"
        "  AND kind = ANY ($4::text[]) ORDER BY told_at LIMIT $1) LIMIT $1",
        *(limit, MAY_BE_GONE, but, list(ProviderEventKind)),
    )
    return [UntoldEvent(row["number"], ProviderEventKind(row["kind"]), row["ours"]) for row in rows]


async def mark_told(connection: Connection, number: int) -> None:
    """Note that the workflow that an event concerns has been told."""
    await connection.execute(
        "UPDATE provider_events SET told_at = moved(now()) WHERE number = $1", number
    )


_COLUMNS = (
    "number, provider, id, kind, name, at, reference, ours, amount, currency, reason, received_at,"
    " outcome"
)


async def page(
    connection: Connection, outcomes: Collection[EventOutcome], before: int | None, limit: int
) -> list[KeptEvent]:
    """Return events, the last received first, from after the one numbered `before`; of these
    outcomes, or without any named all of them."""
    place = (2**63 - 1 if before is None else before, limit)
    if outcomes:
        rows = await connection.fetch(_OF_OUTCOMES, *place, list(outcomes))
    else:
        rows = await connection.fetch(
            f"SELECT {_COLUMNS} FROM provider_events WHERE number < $1"
            " ORDER BY number DESC LIMIT $2",
            *place,
        )
    return [_event(row) for row in rows]


_OF_OUTCOMES = f"""
    SELECT found.* FROM unnest($3::text[]) AS one (outcome) CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM provider_events e WHERE e.outcome = one.outcome AND e.number < $1
        ORDER BY e.number DESC LIMIT $2) AS found
    ORDER BY found.number DESC LIMIT $2
"""
"""Of each outcome no more is looked at than a part has, by the index that has its events in their
order."""


async def of_payment(connection: Connection, payment_id: UUID, limit: int) -> list[KeptEvent]:
    """Return what was said of a payment, in or out, the first received first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM provider_events WHERE ours = $1 ORDER BY number LIMIT $2",
        *(str(payment_id), limit),
    )
    return [_event(row) for row in rows]


@dataclass(frozen=True)
class Concerned:
    """Whose payment something was said of, what they are called now, and whether it goes out of
    their wallet."""

    user_id: str
    name: str | None
    is_out: bool


async def concerned(connection: Connection, payments: Collection[UUID]) -> dict[str, Concerned]:
    """Return whose these payments are, in or out, by the ids of those that there are."""
    rows = await connection.fetch(
        f"SELECT p.id::text AS id, p.user_id, {name_of('p.user_id')} AS name, p.is_out FROM ("
        " SELECT id, user_id, false AS is_out FROM pay_ins WHERE id = ANY ($1::uuid[]) UNION ALL"
        " SELECT id, user_id, true FROM payouts WHERE id = ANY ($1::uuid[])) p",
        list(payments),
    )
    return {row["id"]: Concerned(row["user_id"], row["name"], row["is_out"]) for row in rows}


def _event(row: Record) -> KeptEvent:
    outcome = row["outcome"]
    return KeptEvent(**{**dict(row), "outcome": known(EventOutcome, outcome) if outcome else None})
