"""The journal of those who operate: written with each deed, read by those who look on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.odd_values import AnyInstant
from db.pool import Connection
from domain.operator_deeds import NOTED_AS_BEGUN, OperatorDeed

LONGEST_REASON = 2_000
"""Of what was said with an action on an order so much is shown."""


@dataclass(frozen=True)
class JournalledDeed:
    """A deed with its number and instant (UTC). `accepted` and `code` say how an order decided what
    was asked of it, `accepted` and `refusal` what became of a deed that was noted as it began;
    `accepted` is None where an order has not decided yet, or nobody has noted an outcome."""

    id: int
    at: AnyInstant
    by_id: str
    roles: Sequence[str]
    deed: str
    subject: str
    subject_id: str
    user_id: str | None
    reason: str | None
    request_id: str | None
    accepted: bool | None
    code: str | None
    refusal: str | None


@dataclass(frozen=True)
class WantedDeeds:
    """Which deeds are looked for; None: all. `since` is an instant in UTC, the first of all."""

    by_id: str | None = None
    deed: str | None = None
    subject_id: str | None = None
    user_id: str | None = None
    since: datetime | None = None


_WRITE = (
    "INSERT INTO operator_journal"
    " (by_id, roles, deed, subject, subject_id, user_id, reason, request_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)


async def write(connection: Connection, done: OperatorDeed) -> None:
    """Write a deed down, in the transaction in which it is done. What the books or an order have
    once is written once."""
    await connection.execute(f"{_WRITE} ON CONFLICT DO NOTHING", *_row(done))


async def begin(connection: Connection, deed: OperatorDeed) -> int:
    """Write a deed down that is about to be done, and return its number, under which
    `note_outcome` says what became of it."""
    number: int = await connection.fetchval(f"{_WRITE} RETURNING id", *_row(deed))
    return number


async def note_outcome(connection: Connection, number: int, refusal: str | None) -> None:
    """Write down, once, what became of a deed that was noted as it began: why it was refused, or
    None where it was done."""
    await connection.execute(
        "INSERT INTO deed_outcomes (deed_id, refusal) VALUES ($1, $2)", number, refusal
    )


def _row(deed: OperatorDeed) -> tuple[Any, ...]:
    return (
        deed.by_id,
        list(deed.roles),
        deed.deed,
        deed.subject,
        deed.subject_id,
        deed.user_id,
        deed.reason,
        deed.request_id,
    )


# The order's journal says what became of an action, and its request what was said with it, for as
# long as that is kept. A row of its own says what became of what was noted as it began. Anything
# else was done when it was written.
_NOTED_AS_BEGUN = ", ".join(f"'{deed}'" for deed in NOTED_AS_BEGUN)
_DEED = f"""
    SELECT j.id, j.at, j.by_id, j.roles, j.deed, j.subject, j.subject_id, j.user_id, j.request_id,
           coalesce(j.reason, asked.reason) AS reason, event.code, outcome.refusal,
           CASE WHEN j.subject = 'order' AND j.request_id IS NOT NULL THEN event.accepted
                WHEN j.deed IN ({_NOTED_AS_BEGUN})
                THEN CASE WHEN outcome.deed_id IS NOT NULL THEN outcome.refusal IS NULL END
                ELSE true END AS accepted
    FROM operator_journal j
    CROSS JOIN LATERAL (SELECT CASE j.subject WHEN 'order' THEN j.subject_id::uuid END AS id
                        OFFSET 0) AS of_order
    LEFT JOIN LATERAL (SELECT e.accepted, e.code FROM events e
                       WHERE e.order_id = of_order.id AND e.request_id = j.request_id
                       OFFSET 0) AS event ON true
    LEFT JOIN LATERAL (SELECT left(r.fields->>'reason', {LONGEST_REASON}) AS reason FROM requests r
                       WHERE r.order_id = of_order.id AND r.request_id = j.request_id
                       OFFSET 0) AS asked ON true
    LEFT JOIN LATERAL (SELECT o.deed_id, o.refusal FROM deed_outcomes o WHERE o.deed_id = j.id
                       OFFSET 0) AS outcome ON true
"""
_FILTERS = ("by_id", "deed", "subject_id", "user_id")


async def page(
    connection: Connection,
    wanted: WantedDeeds,
    before: tuple[AnyInstant, int] | None,
    limit: int,
) -> list[JournalledDeed]:
    """Return deeds, newest first, from after the one at `before`."""
    asked = {name: value for name in _FILTERS if (value := getattr(wanted, name)) is not None}
    conditions = [f"j.{name} = ${number}" for number, name in enumerate(asked, 1)]
    values = [*asked.values()]
    if wanted.since is not None:
        values.append(wanted.since)
        conditions.append(f"j.at >= ${len(values)}")
    if before is not None:
        values += before
        conditions.append(f"(j.at, j.id) < (${len(values) - 1}, ${len(values)})")
    # Only what is asked for stands in the statement: each filter has an index in the list's order.
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await connection.fetch(
        f"{_DEED} {where} ORDER BY j.at DESC, j.id DESC LIMIT ${len(values) + 1}", *values, limit
    )
    return [JournalledDeed(**dict(row)) for row in rows]
