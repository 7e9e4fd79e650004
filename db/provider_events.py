"""What a payment provider said: a row an event, and what came of it."""

from dataclasses import dataclass
from uuid import UUID

from db.odd_values import AnyInstant
from db.pool import Connection
from domain.payments import EventOutcome, ProviderEventKind
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


async def untold(connection: Connection, limit: int) -> list[UntoldEvent]:
    """Return the events whose workflow has not been told, oldest first."""
    rows = await connection.fetch(
        "SELECT number, kind, ours::uuid AS ours FROM provider_events"
        " WHERE told_at IS NULL AND outcome IS NULL ORDER BY number LIMIT $1",
        limit,
    )
    return [UntoldEvent(row["number"], ProviderEventKind(row["kind"]), row["ours"]) for row in rows]


async def mark_told(connection: Connection, number: int) -> None:
    """Note that the workflow that an event concerns has been told."""
    await connection.execute(
        "UPDATE provider_events SET told_at = moved(now()) WHERE number = $1", number
    )


async def page(
    connection: Connection, outcome: EventOutcome | None, before: int | None, limit: int
) -> list[KeptEvent]:
    """Return events, the last received first, from after the one numbered `before`; of one outcome,
    or all of them."""
    of_one = "outcome = $3 AND" if outcome else ""
    given = (outcome,) if outcome else ()
    rows = await connection.fetch(
        "SELECT number, provider, id, kind, name, at, reference, ours, amount, currency, reason,"
        f" received_at, outcome FROM provider_events WHERE {of_one} number < $1"
        " ORDER BY number DESC LIMIT $2",
        *(2**63 - 1 if before is None else before, limit, *given),
    )
    return [KeptEvent(**{**dict(row), "outcome": _outcome(row["outcome"])}) for row in rows]


def _outcome(kept: str | None) -> EventOutcome | None:
    return EventOutcome(kept) if kept else None
