"""What the operators' charts show: money in escrow, and open orders by state, day by day (UTC).

Both go back from now along what has happened since, newest first, `STEPS` of it at the most: where
more has happened, the days begin later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from asyncpg import Record

from db.pool import Connection
from db.together import IN_ONE_TRIP, together
from domain.ledger import TRANSFERS, PostingKind
from domain.vocabulary import OPEN_STATES, State

DAYS = 30
STEPS = 20_000


@dataclass(frozen=True)
class Series:
    """What there was at the end of each of these days, by name; of the last one, what is now."""

    days: Sequence[date]
    values: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Aged:
    """What is in escrow in a currency for orders of an age, in minor units and of so many orders:
    placed `from_days` ago or earlier, and less than `to_days`."""

    currency: str
    from_days: int
    to_days: int | None
    orders: int
    amount: int


_OF_ORDERS = ", ".join(f"'{kind}'" for kind in PostingKind if kind not in TRANSFERS)

ESCROW = f"""
    WITH recent AS (SELECT id, kind, currency, created_at FROM ledger.tx
                    ORDER BY id DESC LIMIT $2::integer)
    SELECT moved.currency AS name, (moved.created_at AT TIME ZONE 'UTC')::date AS day,
           sum(CASE WHEN moved.kind = 'hold' THEN x.amount ELSE -x.amount END)::bigint AS change
    FROM recent moved
    CROSS JOIN LATERAL (SELECT amount FROM ledger.transfer x WHERE x.tx_id = moved.id OFFSET 0) AS x
    WHERE moved.kind IN ({_OF_ORDERS}) AND moved.created_at >= $1
    GROUP BY 1, 2
"""
_ESCROW_NOW = "SELECT currency AS name, amount AS n FROM ledger.sums WHERE kind = 'escrow'"
_ESCROW_FROM = """
    SELECT min(created_at) FROM (SELECT created_at FROM ledger.tx
                                 ORDER BY id DESC LIMIT $1::integer) AS few
    HAVING count(*) = $1::integer
"""

STATES = """
    WITH recent AS (SELECT * FROM (SELECT source, order_id, ref FROM feed
                                   ORDER BY number DESC LIMIT $2) AS last WHERE source = 'step'),
    steps AS (
        SELECT e.at, e.state, before.state AS was
        FROM recent
        CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.order_id = recent.order_id
                            AND e.seq = recent.ref AND e.accepted AND e.at >= $1 OFFSET 0) AS e
        LEFT JOIN LATERAL (SELECT p.state FROM events p WHERE p.order_id = e.order_id AND p.accepted
                           AND p.version < e.version
                           ORDER BY p.version DESC LIMIT 1) AS before ON true
        WHERE e.state IS DISTINCT FROM before.state
    )
    SELECT name, (at AT TIME ZONE 'UTC')::date AS day, sum(change)::bigint AS change
    FROM steps CROSS JOIN LATERAL (VALUES (state, 1), (was, -1)) AS sides (name, change)
    WHERE name = ANY ($3::text[]) GROUP BY 1, 2
"""
_STATES_NOW = """
    SELECT one.state AS name, (SELECT count(*) FROM (
        SELECT FROM sought_orders s WHERE s.state = one.state LIMIT $2) AS few) AS n
    FROM unnest($1::text[]) AS one (state)
"""
_STATES_FROM = """
    SELECT min(e.at) FROM (SELECT source, order_id, ref FROM feed
                           ORDER BY number DESC OFFSET $1::integer - 100 LIMIT 100) AS last
    JOIN events e ON e.order_id = last.order_id AND e.seq = last.ref AND last.source = 'step'
"""


async def escrow(connection: Connection, now: datetime) -> Series:
    """Return what was in escrow, in minor units by currency."""
    first = _first(now)
    rows, held, from_day = await together(
        connection,
        IN_ONE_TRIP.fetch(ESCROW, _midnight(first), STEPS),
        IN_ONE_TRIP.fetch(_ESCROW_NOW),
        IN_ONE_TRIP.fetchval(_ESCROW_FROM, STEPS),
    )
    return _series(_held(held), rows, _later(first, from_day), now)


async def states(connection: Connection, now: datetime) -> Series:
    """Return how many orders were in each state that is not final."""
    first, names = _first(now), [state.value for state in OPEN_STATES]
    rows, held, from_day = await together(
        connection,
        IN_ONE_TRIP.fetch(STATES, _midnight(first), STEPS, names),
        IN_ONE_TRIP.fetch(_STATES_NOW, names, STEPS),
        IN_ONE_TRIP.fetchval(_STATES_FROM, STEPS),
    )
    found = _series(_held(held), rows, _later(first, from_day), now)
    return Series(found.days, {state: found.values[state] for state in State if state in names})


def _held(rows: Sequence[Record]) -> dict[str, int]:
    return {row["name"]: row["n"] for row in rows}


def _first(now: datetime) -> date:
    return now.astimezone(UTC).date() - timedelta(days=DAYS - 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _later(first: date, seen_from: datetime | None) -> date:
    """Return from which day on everything was seen: the day after that on which the way ended."""
    if seen_from is None:
        return first
    return max(first, seen_from.astimezone(UTC).date() + timedelta(days=1))


def _series(held: Mapping[str, int], changes: Sequence[Any], first: date, now: datetime) -> Series:
    today = now.astimezone(UTC).date()
    length = max((today - first).days + 1, 1)
    days = [today - timedelta(days=back) for back in range(length)]
    moved = {(row["name"], row["day"]): row["change"] for row in changes}
    names = sorted({*held, *(str(row["name"]) for row in changes)})
    values: dict[str, list[int]] = {}
    for name in names:
        left, found = held.get(name, 0), list[int]()
        for day in days:
            found.append(left)
            left -= moved.get((name, day), 0)
        values[name] = found[::-1]
    return Series(days[::-1], values)


AGES = (0, 7, 30, 60)
"""Days from which an order is of the next age."""

BY_AGE = """
    WITH open AS (
        SELECT o.id, o.created_at
        FROM unnest($1::text[]) AS one (state)
        CROSS JOIN LATERAL (
            SELECT s.order_id AS id, s.created_at FROM sought_orders s WHERE s.state = one.state
            ORDER BY s.created_at, s.order_id LIMIT $2) AS o
    )
    SELECT a.currency::text AS currency,
           width_bucket(extract(epoch FROM moved(clock_timestamp()) - open.created_at)::float8
                        / 86400, $3::float8[]) AS age,
           count(*) AS orders, sum(b.balance)::bigint AS amount
    FROM open
    JOIN ledger.account a ON a.owner = open.id::text AND a.kind = 'escrow'
    JOIN ledger.balance b ON b.account_id = a.id
    WHERE isfinite(open.created_at) GROUP BY 1, 2 ORDER BY 1, 2
"""


async def escrow_by_age(connection: Connection, most: int) -> list[Aged]:
    """Return what is in escrow by the age of its order, of the `most` oldest of each state."""
    rows = await connection.fetch(
        BY_AGE, [state.value for state in OPEN_STATES], most, [float(one) for one in AGES]
    )
    ends = (*AGES[1:], None)
    return [
        Aged(row["currency"], AGES[at], ends[at], row["orders"], row["amount"])
        for row in rows
        for at in [max(row["age"] - 1, 0)]
    ]
