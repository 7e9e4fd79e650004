"""What operators see first: the orders that need a person, what fails to be delivered, how much is
in escrow and whether the parts of the product live.

Nothing here grows with all orders ever placed: of each state that is not final the `MOST` oldest
orders are looked at, of each endpoint its `LATEST` messages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from db.needs import COLUMNS, FROZEN_SINCE, IS_FROZEN, NEED, SINCE, Need
from db.orders import Listed, select_orders
from db.pool import Connection
from db.worker_heartbeats import FRESH
from domain.payments import NEEDS_A_PERSON
from domain.vocabulary import OPEN_STATES, State

MOST = 2_000
"""Orders of a state that are looked at, the oldest first; beyond, "at least" is said."""

LATEST = 100
ENDPOINTS = 100
FIRST = 8
"""Orders that stand first in line."""

SOON = timedelta(days=1)
FAILED_FOR = "interval '7 days'"
"""How long a message that was given up is shown as failing, and a payment as not matched."""


@dataclass(frozen=True)
class Needing:
    """How many orders have a need, and since when the first of them has it (UTC)."""

    count: int
    since: datetime | None


@dataclass(frozen=True)
class Frozen(Needing):
    """How many orders are frozen by a dispute of their payment, since when the first of them is
    (UTC), and what is in their escrows, in minor units by currency."""

    money: Mapping[str, int]


@dataclass(frozen=True)
class FailingEndpoint:
    """An endpoint to which messages fail: how many wait for another attempt or were given up, since
    when, when the next attempt at one that waits is, and what the last one came to."""

    id: UUID
    url: str
    waiting: int
    given_up: int
    since: datetime
    next_attempt: datetime | None
    last_error: str | None

    @property
    def count(self) -> int:
        """Return how many messages fail."""
        return self.waiting + self.given_up


@dataclass(frozen=True)
class Overview:
    """Everything at one glance. `states` has the number of open orders in each state, at the most
    `MOST`; `escrow` what is in escrow, in minor units by currency; `undecided` the requests that
    nobody has decided; `oldest` when the oldest order was placed that runs; `unmatched` the
    payments, payouts and disputes of which the payment provider has lately said something that a
    person has to look into; `unapproved` the payouts that wait for a second person."""

    states: Mapping[State, int]
    needs: Mapping[Need, Needing]
    frozen: Frozen
    first: Sequence[UUID]
    oldest: datetime | None
    endpoints: Sequence[FailingEndpoint]
    escrow: Mapping[str, int]
    undecided: int
    unmatched: int
    unapproved: int
    workers: int

    @property
    def running(self) -> int:
        """Return how many orders run."""
        return sum(self.states.values())

    @property
    def is_whole(self) -> bool:
        """Return whether every order that runs was looked at."""
        return max(self.states.values(), default=0) < MOST


OPEN = f"""
    SELECT o.id, o.state, o.created_at, o.deadline_at, found.need,
           CASE WHEN found.need IS NOT NULL THEN {SINCE} END AS since,
           {IS_FROZEN} AS is_frozen, {FROZEN_SINCE} AS frozen_since
    FROM unnest($1::text[]) AS one (state)
    CROSS JOIN LATERAL (
        SELECT s.order_id FROM sought_orders s WHERE s.state = one.state
        ORDER BY s.created_at, s.order_id LIMIT $2) AS way
    CROSS JOIN LATERAL (SELECT * FROM orders o WHERE o.id = way.order_id OFFSET 0) AS o
    CROSS JOIN LATERAL (SELECT {NEED} AS need OFFSET 0) AS found
"""
"""The oldest orders that run, $2 of each of the states $1, with what each of them needs, and
whether its payment is disputed."""

FAILING = f"""
    SELECT w.id, w.url, failing.*
    FROM (SELECT id, url, created_at FROM webhook_endpoints
          WHERE deleted_at IS NULL AND disabled_at IS NULL
          ORDER BY created_at DESC, id DESC LIMIT {ENDPOINTS}) AS w
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE status = 'pending') AS waiting,
               count(*) FILTER (WHERE status = 'failed') AS given_up, min(created_at) AS since,
               min(next_attempt) FILTER (WHERE status = 'pending'
                   AND next_attempt > moved(clock_timestamp())) AS next_attempt,
               (array_agg(last_error ORDER BY id DESC))[1] AS last_error
        FROM (SELECT * FROM deliveries d WHERE d.endpoint_id = w.id ORDER BY d.id DESC
              LIMIT {LATEST}) AS latest
        WHERE last_error IS NOT NULL AND (status = 'pending'
              OR status = 'failed' AND last_attempt > moved(clock_timestamp()) - {FAILED_FOR})
    ) AS failing
    WHERE failing.waiting + failing.given_up > 0
    ORDER BY failing.since
"""

UNMATCHED = f"""
    SELECT DISTINCT latest.provider, coalesce(latest.reference, latest.number::text)
    FROM unnest($6::text[]) AS one (outcome) CROSS JOIN LATERAL (
        SELECT e.provider, e.reference, e.number, e.received_at FROM provider_events e
        WHERE e.outcome = one.outcome ORDER BY e.number DESC LIMIT {LATEST}) AS latest
    WHERE latest.received_at > moved(clock_timestamp()) - {FAILED_FOR}
"""
"""Of what the payment provider said something within a week with one of the outcomes $6: a payment,
a payout or a dispute once, however often it spoke of it. Of each outcome the `LATEST` words are
looked at. They stay as they are, whatever a person does about them."""

OVERVIEW = f"""
    WITH open AS MATERIALIZED ({OPEN})
    SELECT
        (SELECT jsonb_object_agg(state, n) FROM (
            SELECT state, count(*) AS n FROM open GROUP BY state) AS counted) AS states,
        (SELECT jsonb_object_agg(need, jsonb_build_object('count', n, 'since', since)) FROM (
            SELECT need, count(*) AS n, min(since) FILTER (WHERE isfinite(since)) AS since
            FROM open WHERE need IS NOT NULL GROUP BY need) AS counted) AS needs,
        (SELECT jsonb_build_object('count', count(*), 'since',
                min(frozen_since) FILTER (WHERE isfinite(frozen_since)))
         FROM open WHERE is_frozen) AS frozen,
        (SELECT jsonb_object_agg(currency, amount) FROM (
            SELECT held.currency, sum(held.balance)::bigint AS amount FROM open
            CROSS JOIN LATERAL (
                SELECT a.currency, b.balance FROM ledger.account a
                JOIN ledger.balance b ON b.account_id = a.id
                WHERE a.owner = open.id::text AND a.kind = 'escrow' OFFSET 0) AS held
            WHERE open.is_frozen GROUP BY held.currency) AS sums) AS frozen_money,
        ARRAY(SELECT id FROM open WHERE need IS NOT NULL OR deadline_at < $4
              ORDER BY array_position($3::text[], need), coalesce(since, deadline_at), id
              LIMIT {FIRST}) AS first,
        (SELECT min(created_at) FROM open WHERE isfinite(created_at)) AS oldest,
        (SELECT jsonb_agg(to_jsonb(f)) FROM ({FAILING}) AS f) AS endpoints,
        (SELECT jsonb_object_agg(currency, amount) FROM ledger.sums
         WHERE kind = 'escrow' AND amount <> 0) AS escrow,
        (SELECT count(*) FROM (SELECT FROM undecided LIMIT {MOST}) AS few) AS undecided,
        (SELECT count(*) FROM ({UNMATCHED}) AS lately) AS unmatched,
        (SELECT count(*) FROM (
            SELECT FROM payouts WHERE state = 'requested'
            ORDER BY created_at DESC, id DESC LIMIT {MOST}) AS few) AS unapproved,
        (SELECT count(*) FROM worker_heartbeats
         WHERE beat_at > clock_timestamp() - $5::interval) AS workers
"""


async def overview(connection: Connection, now: datetime) -> Overview:
    """Return what there is to see at `now` (UTC), in one round trip."""
    row = await connection.fetchrow(
        OVERVIEW,
        *(list(OPEN_STATES), MOST, [one.value for one in Need], now + SOON, FRESH),
        list(NEEDS_A_PERSON),
    )
    found: dict[str, Any] = dict(row or {})
    needs, frozen = found["needs"] or {}, found["frozen"]
    return Overview(
        states={
            State(state): n for state, n in (found["states"] or {}).items() if state in list(State)
        },
        needs={Need(need): Needing(it["count"], _at(it["since"])) for need, it in needs.items()},
        frozen=Frozen(frozen["count"], _at(frozen["since"]), found["frozen_money"] or {}),
        first=found["first"],
        oldest=found["oldest"],
        endpoints=[_failing(one) for one in found["endpoints"] or ()],
        escrow=found["escrow"] or {},
        undecided=found["undecided"],
        unmatched=found["unmatched"],
        unapproved=found["unapproved"],
        workers=found["workers"],
    )


def _failing(one: dict[str, Any]) -> FailingEndpoint:
    since, following = _at(one["since"]), _at(one["next_attempt"])
    values = {**one, "id": UUID(one["id"]), "since": since or datetime.now(UTC)}
    return FailingEndpoint(**{**values, "next_attempt": following})


def _at(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


async def failing(connection: Connection) -> list[FailingEndpoint]:
    """Return the endpoints to which messages fail, the longest first."""
    return [FailingEndpoint(**dict(row)) for row in await connection.fetch(FAILING)]


async def need_of(connection: Connection, order_id: UUID) -> tuple[Need | None, datetime | None]:
    """Return what an order needs, and since when as far as that is known; None where there is
    nothing."""
    row = await connection.fetchrow(
        f"SELECT {', '.join(COLUMNS)} FROM orders o WHERE o.id = $1", order_id
    )
    need, since = (row["need"], row["since"]) if row else (None, None)
    return Need(need) if need else None, since if isinstance(since, datetime) else None


async def in_line(connection: Connection, ids: Sequence[UUID]) -> list[Listed]:
    """Return these orders, in this order, with what they need in the columns of `db.needs`."""
    rows = await connection.fetch(
        select_orders("o.created_at AS at", *COLUMNS)
        + "JOIN unnest($1::uuid[]) WITH ORDINALITY AS line (id, place) ON line.id = o.id"
        " ORDER BY line.place",
        list(ids),
    )
    return [Listed(row["id"], row["at"], row) for row in rows]
