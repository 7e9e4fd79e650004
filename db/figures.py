"""What operators watch: how much waits and for how long, how much money lies where, what the last
checks found.

It is read every few seconds, so that none of it grows with all orders ever placed: counts and sums
are kept as they change, and what waits is found along an index and counted up to `MOST`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from db.accounts import Sum
from db.confirmations import HOLDS
from db.payments_under_way import IS_BEHIND
from db.pool import Connection
from db.worker_heartbeats import FRESH
from domain.order import WARNINGS
from domain.vocabulary import FINAL_STATES

MOST = 100_000
"""Up to which what waits is counted: where more does, it says so many."""

OLDEST_AMONG = 1_000
"""Undecided requests of which the age is looked at, those first that are signalled next."""

CHANNELS = ("email", "webhook", "confirmation")
"""By what messages leave: notices by the first two, and mails that ask for an address by the
last."""

NEAR_LIMIT = (*WARNINGS, timedelta())
"""How long before their last safe instant open orders are counted, as operators are warned; and
those that are past it."""

PAYOUTS_WAIT_FOR = ("approval", "provider", "person")
"""What payouts wait for: that a second person approves them, that the provider has paid them, and,
since it has their money and does not give it back, that somebody sees to them."""


@dataclass(frozen=True)
class Waiting:
    """How many of something wait, and for how many seconds the oldest has; 0 where none does."""

    count: int
    oldest_seconds: float


@dataclass(frozen=True)
class CheckFigures:
    """What the last look of a kind found, and when it ended (Unix time)."""

    kind: str
    ended_at: float
    books: int
    workflows: int
    unproved: int


@dataclass(frozen=True)
class Figures:
    """All of it, of one instant. `states` has the number of orders in each state that there are
    any in, `overdue` the deadlines of orders that have passed and that nothing has followed,
    `near_limit` how many open orders are so close to their last safe instant or closer, `events`
    what a payment provider has said and nobody has applied, and `heartbeat_seconds` is how long all
    workers have been silent, None where there is none."""

    states: Mapping[str, int]
    sums: Sequence[Sum]
    undecided: Waiting
    not_started: Waiting
    overdue: Waiting
    near_limit: Mapping[timedelta, int]
    events: Waiting
    payouts: Mapping[str, Waiting]
    messages: Mapping[str, Waiting]
    workers: int
    heartbeat_seconds: float | None
    checks: Sequence[CheckFigures]


_NOW = "moved(now())"


def _waiting(rows: str, since: str, oldest: str = "") -> str:
    """Return SQL for how many of the rows wait, and for how long the oldest has, by the instant of
    its column `since`: of the rows themselves, or of other ones."""
    return f"""jsonb_build_object(
        'count', (SELECT count(*) FROM (SELECT {rows} LIMIT {MOST}) AS few),
        'oldest_seconds', (SELECT greatest(extract(epoch FROM {_NOW} - {since}), 0)
                           {oldest or f"{rows} ORDER BY {since} LIMIT 1"}))"""


_PENDING = "FROM deliveries WHERE status = 'pending' AND channel = '{0}'"
_TO_CONFIRM = (
    f"FROM confirmations WHERE next_attempt IS NOT NULL AND asked_at <= {_NOW}"
    # After that it is not tried any more, whether or not somebody has been there to give it up.
    f" AND asked_at > {_NOW} - $2::interval"
)
_OLDEST_UNDECIDED = f"""
    FROM (SELECT order_id, request_id FROM undecided ORDER BY next_signal LIMIT {OLDEST_AMONG}) AS u
    CROSS JOIN LATERAL (SELECT received_at FROM requests r WHERE r.order_id = u.order_id
                        AND r.request_id = u.request_id OFFSET 0) AS asked
    ORDER BY received_at LIMIT 1
"""
_MESSAGES = ", ".join(
    f"'{channel}', {_waiting(rows, since)}"
    for channel, rows, since in (
        ("email", _PENDING.format("email"), "created_at"),
        ("webhook", _PENDING.format("webhook"), "created_at"),
        ("confirmation", _TO_CONFIRM, "asked_at"),
    )
)

_PAYOUTS = ", ".join(
    f"'{what}', {_waiting(f'FROM payouts WHERE {which}', 'created_at')}"
    for what, which in zip(
        PAYOUTS_WAIT_FOR,
        (
            "state = 'requested'",
            "state = 'pending'",
            "state IN ('pending', 'paid') AND reason IS NOT NULL",
        ),
        strict=True,
    )
)

_EVENTS = f"FROM provider_events WHERE outcome IS NULL AND NOT ({IS_BEHIND})"

FIGURES = f"""
    SELECT
        (SELECT jsonb_object_agg(state, orders) FROM state_counts) AS states,
        (SELECT jsonb_agg(to_jsonb(s)) FROM (
            SELECT kind, currency, amount FROM ledger.sums) AS s) AS sums,
        {_waiting("FROM undecided", "received_at", _OLDEST_UNDECIDED)} AS undecided,
        {_waiting("FROM listed_orders WHERE NOT started", "created_at")} AS not_started,
        {_waiting(f"FROM sought_orders WHERE deadline_at < {_NOW}", "deadline_at")} AS overdue,
        ARRAY(SELECT (SELECT count(*) FROM (
                  SELECT FROM sought_orders WHERE last_safe_at < {_NOW} + asked.before
                  LIMIT {MOST}) AS few)
              FROM unnest($3::interval[]) WITH ORDINALITY AS asked (before, place)
              ORDER BY place) AS near_limit,
        {_waiting(_EVENTS, "received_at")} AS events,
        jsonb_build_object({_PAYOUTS}) AS payouts,
        jsonb_build_object({_MESSAGES}) AS messages,
        (SELECT count(*) FROM worker_heartbeats
         WHERE beat_at > clock_timestamp() - $1::interval) AS workers,
        (SELECT extract(epoch FROM clock_timestamp() - max(beat_at))::float8
         FROM worker_heartbeats) AS heartbeat_seconds,
        (SELECT jsonb_agg(to_jsonb(c)) FROM (
            SELECT kind, extract(epoch FROM at) AS ended_at, books, differing AS workflows, unproved
            FROM last_checks) AS c) AS checks
"""


async def figures(connection: Connection) -> Figures:
    """Return what there is to watch, in one round trip."""
    row = await connection.fetchrow(FIGURES, FRESH, HOLDS, NEAR_LIMIT)
    found: dict[str, Any] = dict(row or {})
    return Figures(
        states=found["states"] or {},
        sums=[Sum(**one) for one in found["sums"] or ()],
        undecided=_of(found["undecided"]),
        not_started=_of(found["not_started"]),
        overdue=_of(found["overdue"]),
        near_limit=dict(zip(NEAR_LIMIT, found["near_limit"], strict=True)),
        events=_of(found["events"]),
        payouts={what: _of(one) for what, one in found["payouts"].items()},
        messages={channel: _of(one) for channel, one in found["messages"].items()},
        workers=found["workers"],
        heartbeat_seconds=found["heartbeat_seconds"],
        checks=[_check(one) for one in found["checks"] or ()],
    )


def _of(waiting: dict[str, Any]) -> Waiting:
    return Waiting(waiting["count"], float(waiting["oldest_seconds"] or 0))


def _check(one: dict[str, Any]) -> CheckFigures:
    return CheckFigures(**{**one, "ended_at": float(one["ended_at"])})


async def open_among(connection: Connection, orders: Sequence[UUID]) -> list[UUID]:
    """Return those of these orders that are open."""
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE id = ANY ($1::uuid[]) AND state <> ALL ($2::text[])",
        list(orders),
        list(FINAL_STATES),
    )
    return [row["id"] for row in rows]


async def add_up_states(connection: Connection, most: int) -> bool:
    """Add up to `most` changes of orders' states to what they come to; return whether there may be
    more of them. Reads add what is not added up yet, which is to stay little."""
    more: bool = await connection.fetchval("SELECT add_up_states($1)", most)
    return more
