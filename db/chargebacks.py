"""Payments that their payers' banks take back: what the provider says of them, what is still to be
done for them, and what people owe for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from db import pay_ins, requests
from db.display_names import name_of
from db.newer_values import known
from db.odd_values import AnyInstant
from db.pool import Connection
from db.requests import Pending
from db.wallets import Balance
from domain.actions import PROVIDER_FIELDS, AboutChargeback
from domain.order import Actor
from domain.payments import ChargebackState
from domain.vocabulary import OPEN_STATES, ProviderAct, Role


@dataclass(frozen=True)
class Chargeback:
    """`amount` minor units of a payment that its payer's bank asks back, has left or keeps; the
    payer's name is what they are called now. Without `is_carried_out` the order or the wallets that
    it concerns are not yet as its state asks for."""

    id: UUID
    provider: str
    reference: str
    pay_in_id: UUID
    order_id: UUID | None
    user_id: str
    user_name: str | None
    amount: int
    currency: str
    state: ChargebackState
    evidence_until: AnyInstant | None
    reason: str | None
    is_carried_out: bool
    created_at: AnyInstant
    ended_at: AnyInstant | None


@dataclass(frozen=True)
class DisputedOrder:
    """An order that has ended, of whose payment `amount` minor units are disputed."""

    id: UUID
    title: str
    amount: int
    currency: str
    evidence_until: AnyInstant | None


@dataclass(frozen=True)
class DisputeSaid:
    """What the provider said of a chargeback at an instant (UTC), in its event of this number, of
    this kind; `amount` is in minor units."""

    number: int
    kind: str
    id: UUID
    provider: str
    reference: str
    pay_in_id: UUID
    order_id: UUID | None
    user_id: str
    amount: int
    currency: str
    evidence_until: AnyInstant | None
    reason: str | None
    at: AnyInstant


@dataclass(frozen=True)
class Receivable:
    """What somebody owes, in minor units."""

    user_id: str
    user_name: str | None
    amount: int
    currency: str


_CHARGEBACK = f"""
    SELECT c.id, c.provider, c.reference, c.pay_in_id, p.order_id, p.user_id,
           {name_of("p.user_id")} AS user_name, c.amount, c.currency,
           c.state, c.evidence_until, c.reason, c.carried IS NOT DISTINCT FROM c.state
           AS is_carried_out, c.created_at, c.ended_at
    FROM chargebacks c JOIN pay_ins p ON p.id = c.pay_in_id
"""


async def get(connection: Connection, chargeback_id: UUID) -> Chargeback | None:
    """Return a chargeback; None where there is none."""
    row = await connection.fetchrow(f"{_CHARGEBACK} WHERE c.id = $1", chargeback_id)
    return _chargeback(row) if row else None


async def page(
    connection: Connection, after: tuple[AnyInstant, UUID] | None, limit: int
) -> list[Chargeback]:
    """Return chargebacks, newest first, from after a position."""
    where = "WHERE (c.created_at, c.id) < ($2, $3)" if after else ""
    rows = await connection.fetch(
        f"{_CHARGEBACK} {where} ORDER BY c.created_at DESC, c.id DESC LIMIT $1",
        *(limit, *(after or ())),
    )
    return [_chargeback(row) for row in rows]


async def of_order(connection: Connection, order_id: UUID, limit: int) -> list[Chargeback]:
    """Return the chargebacks of an order's payment, oldest first."""
    rows = await connection.fetch(
        f"{_CHARGEBACK} WHERE p.order_id = $1 ORDER BY c.created_at, c.id LIMIT $2",
        *(order_id, limit),
    )
    return [_chargeback(row) for row in rows]


async def said(connection: Connection, numbers: Sequence[int]) -> list[DisputeSaid]:
    """Return those of these events of the provider's that told of a chargeback."""
    rows = await connection.fetch(
        "SELECT e.number, e.kind, c.id, c.provider, c.reference, c.pay_in_id, p.order_id,"
        " p.user_id, c.amount, c.currency, e.evidence_until, e.reason, e.decided_at AS at"
        " FROM provider_events e"
        " JOIN chargebacks c ON c.provider = e.provider AND c.reference = e.reference"
        " JOIN pay_ins p ON p.id = c.pay_in_id WHERE e.number = ANY ($1::bigint[])",
        list(numbers),
    )
    return [DisputeSaid(**dict(row)) for row in rows]


NOT_CARRIED = """
    SELECT c.id FROM chargebacks c
    WHERE c.carried IS DISTINCT FROM c.state AND c.id <> ALL ($3::uuid[]) AND NOT (SELECT EXISTS (
        SELECT FROM pay_ins p JOIN orders o ON o.id = p.order_id
        JOIN requests r ON r.order_id = o.id
        WHERE p.id = c.pay_in_id AND o.state = ANY ($2)
          AND r.request_id LIKE 'chargeback-%' AND r.outcome IS NULL))
    ORDER BY c.created_at LIMIT $1
"""


async def not_carried(connection: Connection, limit: int, but: Sequence[UUID] = ()) -> list[UUID]:
    """Return chargebacks, but for these, of which something can be done now, oldest first: while an
    order that runs has not decided on what it was told, nothing follows, and it keeps no other one
    waiting."""
    rows = await connection.fetch(NOT_CARRIED, limit, list(OPEN_STATES), but)
    return [row["id"] for row in rows]


async def carry(connection: Connection, chargeback_id: UUID) -> Pending | None:
    """Do what the state of a chargeback asks for, as far as that can be done now; return what its
    order is asked for, where it is.

    Raises:
        Crowded: too much that the provider asked of the order waits to be decided; nothing is done.
    """
    async with connection.transaction():
        told = await connection.fetchval("SELECT carry_chargeback($1)", chargeback_id)
        if told is None or told["act"] is None:
            return None
        (row,) = await connection.fetch(f"{_CHARGEBACK} WHERE c.id = $1", chargeback_id)
        one = _chargeback(row)
        act = ProviderAct(told["act"])
        return await requests.write(
            connection,
            UUID(told["order_id"]),
            f"chargeback-{one.id}-{act}",
            act,
            Actor(id=one.provider, role=Role.PROVIDER),
            _said(one, act),
            None,
        )


async def carry_all_of(connection: Connection, pay_in_id: UUID) -> list[Pending]:
    """Do what the provider has said of a payment and of disputes of it, as far as that can be done
    now; return what its order is asked for.

    Raises:
        Crowded: as `carry`.
    """
    await pay_ins.settle(connection, pay_in_id)
    rows = await connection.fetch(
        "SELECT id FROM chargebacks WHERE pay_in_id = $1 AND carried IS DISTINCT FROM state"
        " ORDER BY created_at",
        pay_in_id,
    )
    asked = [await carry(connection, row["id"]) for row in rows]
    return [one for one in asked if one is not None]


async def receivables(
    connection: Connection, after: tuple[str, str] | None, limit: int
) -> list[Receivable]:
    """Return who owes something, by their ids, from after a user and a currency."""
    rows = await connection.fetch(
        f"SELECT r.user_id, {name_of('r.user_id')} AS user_name, r.owed AS amount, r.currency"
        " FROM receivables r WHERE r.owed > 0 AND (r.user_id, r.currency) > ($2, $3)"
        " ORDER BY r.user_id, r.currency LIMIT $1",
        *(limit, *(after or ("", ""))),
    )
    return [Receivable(**dict(row)) for row in rows]


AGAINST = """
    SELECT o.id, o.title, c.amount, c.currency, c.evidence_until
    FROM chargebacks c JOIN pay_ins p ON p.id = c.pay_in_id JOIN orders o ON o.id = p.order_id
    WHERE (c.payer_id = $1 OR c.seller_id = $1) AND c.state <> 'won'
      AND c.carried IS DISTINCT FROM 'lost' AND o.state <> ALL ($2)
    ORDER BY c.created_at, c.id LIMIT $3
"""


async def against(connection: Connection, user_id: str, limit: int) -> list[DisputedOrder]:
    """Return somebody's orders that have ended and whose payment is disputed, the one that has been
    so for longest first."""
    rows = await connection.fetch(AGAINST, user_id, list(OPEN_STATES), limit)
    return [DisputedOrder(**dict(row)) for row in rows]


OWED = "SELECT owed AS amount, currency FROM receivables WHERE user_id = $1 AND owed > 0 ORDER BY 2"


async def owed(connection: Connection, user_id: str) -> list[Balance]:
    """Return what somebody owes, by currency."""
    rows = await connection.fetch(OWED, user_id)
    return [Balance(**dict(row)) for row in rows]


def _said(one: Chargeback, act: ProviderAct) -> AboutChargeback:
    said: dict[str, Any] = {
        "chargeback_id": str(one.id),
        "amount": {"amount": one.amount, "currency": one.currency},
        "evidence_until": one.evidence_until,
    }
    model = PROVIDER_FIELDS[act]
    return model.model_validate({name: said[name] for name in model.model_fields})


def _chargeback(row: Record) -> Chargeback:
    return Chargeback(**{**dict(row), "state": known(ChargebackState, row["state"])})
