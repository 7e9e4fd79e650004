"""Payments into wallets, as they are asked for and as the provider says that they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from db.errors import TooManyOpen
from db.newer_values import known
from db.newest_first import newest_first
from db.odd_values import AnyInstant
from db.pool import Connection
from domain.money import Money
from domain.payments import MAY_BE_GONE, MOST_OPEN, PayInState
from domain.vocabulary import Code
from providers.protocol import StartedPayIn


@dataclass(frozen=True)
class NewRow:
    """A payment that somebody asks for; `wish` is the order that is placed when it is paid."""

    id: UUID
    user_id: str
    amount: int
    currency: str
    provider: str
    return_url: str
    fingerprint: bytes
    wish: dict[str, Any] | None


@dataclass(frozen=True)
class PayIn:
    """A payment of `amount` minor units, and what became of it and of the order that is wished.
    `silent_since` is since when its provider does not say the first."""

    id: UUID
    user_id: str
    amount: int
    currency: str
    provider: str
    return_url: str
    fingerprint: bytes
    has_wish: bool
    state: PayInState
    reference: str | None
    url: str | None
    until: AnyInstant | None
    reason: str | None
    transfer_id: UUID | None
    order_id: UUID | None
    order_refused: str | None
    order_refused_code: str | None
    created_at: AnyInstant
    ended_at: AnyInstant | None
    silent_since: AnyInstant | None = None
    silent_because: str | None = None

    @property
    def money(self) -> Money:
        """Return what is to be paid."""
        return Money(amount=self.amount, currency=self.currency)


@dataclass(frozen=True)
class Wish:
    """The order that is to be placed with a payment which has come."""

    pay_in_id: UUID
    user_id: str
    order: dict[str, Any]


_COLUMNS = (
    "id, user_id, amount, currency, provider, return_url, fingerprint,"
    " wish IS NOT NULL AS has_wish, state, reference, url, until, reason, transfer_id, order_id,"
    " order_refused, order_refused_code, created_at, ended_at, silent_since, silent_because"
)


_ADD = """
    INSERT INTO pay_ins (id, user_id, amount, currency, provider, return_url, fingerprint, wish)
    SELECT $1::uuid, $2::text, $3::bigint, $4::text, $5::text, $6::text, $7::bytea, $8::jsonb
    WHERE (SELECT count(*) FROM (SELECT FROM pay_ins WHERE user_id = $2::text AND state = 'open'
                                 LIMIT $9) AS waiting) < $9
    ON CONFLICT (id) DO NOTHING
"""


async def add(connection: Connection, new: NewRow) -> PayIn:
    """Write a payment down unless it was before; return it as it stands.

    Raises:
        TooManyOpen: as many of the payer's wait to be made as may.
    """
    async with connection.transaction():
        # One at a time: of two at once each would count without the other.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('payments of ' || $1, 0))", new.user_id
        )
        await connection.execute(_ADD, *vars(new).values(), MOST_OPEN)
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM pay_ins WHERE id = $1", new.id)
    if row is None:
        raise TooManyOpen
    return _read(row)


async def get(connection: Connection, pay_in_id: UUID) -> PayIn | None:
    """Return a payment; None where there is none."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM pay_ins WHERE id = $1", pay_in_id)
    return _read(row) if row else None


OF_ORDER = f"SELECT {_COLUMNS} FROM pay_ins WHERE order_id = $1 ORDER BY created_at, id LIMIT $2"


async def of_order(connection: Connection, order_id: UUID, limit: int) -> list[PayIn]:
    """Return the payments with which an order was placed, oldest first."""
    return [_read(row) for row in await connection.fetch(OF_ORDER, order_id, limit)]


async def page(
    connection: Connection,
    user_id: str | None,
    after: tuple[AnyInstant, UUID] | None,
    limit: int,
) -> list[PayIn]:
    """Return payments, newest first, from after a position; of one user or of all."""
    select = f"SELECT {_COLUMNS} FROM pay_ins"
    statement, given = newest_first(select, {"user_id": user_id}, after, limit)
    rows = await connection.fetch(statement, *given)
    return [_read(row) for row in rows]


def _read(row: Record) -> PayIn:
    return PayIn(**{**dict(row), "state": known(PayInState, row["state"])})


async def note_place(connection: Connection, pay_in_id: UUID, place: StartedPayIn) -> None:
    """Note where a payment is made and what the provider calls it, unless it has said that it is
    paid under another name."""
    await connection.execute(
        "UPDATE pay_ins SET reference = coalesce(reference, $2), url = $3,"
        " until = as_far_ahead($4), silent_since = NULL, silent_because = NULL WHERE id = $1",
        *(pay_in_id, place.reference, place.url, place.until),
    )


async def settle(connection: Connection, pay_in_id: UUID) -> PayInState | None:
    """Do what the provider has said of a payment and nobody has done; return its state then, None
    where there is no such payment."""
    state = await connection.fetchval("SELECT settle_pay_in($1)", pay_in_id)
    return PayInState(state) if state else None


async def not_started(connection: Connection, limit: int, but: Sequence[UUID] = ()) -> list[UUID]:
    """Return payments, but for these, whose workflow has not been started, or was so long ago that
    it may be gone: whoever runs is started once more without harm."""
    rows = await connection.fetch(
        "(SELECT id FROM pay_ins WHERE started_at IS NULL AND id <> ALL ($3::uuid[])"
        "  ORDER BY created_at LIMIT $1) UNION ALL"
        " (SELECT id FROM pay_ins WHERE state = 'open' AND id <> ALL ($3::uuid[])"
        "  AND started_at < (SELECT moved(now())) - $2::interval ORDER BY started_at LIMIT $1)"
        " LIMIT $1",
        *(limit, MAY_BE_GONE, but),
    )
    return [row["id"] for row in rows]


async def mark_started(connection: Connection, pay_in_id: UUID) -> None:
    """Note that a payment's workflow has been started."""
    await connection.execute(
        "UPDATE pay_ins SET started_at = moved(now()) WHERE id = $1", pay_in_id
    )


async def wishes(connection: Connection, limit: int, but: Sequence[UUID] = ()) -> list[Wish]:
    """Return the orders that are to be placed, since their payment has come, but for those of these
    payments; the oldest first."""
    rows = await connection.fetch(
        'SELECT id AS pay_in_id, user_id, wish AS "order" FROM pay_ins'
        " WHERE state = 'paid' AND wish IS NOT NULL AND id <> ALL ($2::uuid[])"
        " ORDER BY ended_at LIMIT $1",
        *(limit, but),
    )
    return [Wish(**dict(row)) for row in rows]


async def note_order(connection: Connection, pay_in_id: UUID, order_id: UUID) -> None:
    """Note the order that was placed with a payment."""
    await connection.execute(
        "UPDATE pay_ins SET order_id = $2, wish = NULL WHERE id = $1 AND order_id IS NULL",
        *(pay_in_id, order_id),
    )


async def note_refused(connection: Connection, pay_in_id: UUID, code: Code, why: str) -> None:
    """Note that the order cannot be placed any more: the money stays in the wallet."""
    await connection.execute(
        "UPDATE pay_ins SET order_refused = $3, order_refused_code = $2, wish = NULL"
        " WHERE id = $1 AND order_id IS NULL",
        *(pay_in_id, code, why),
    )
