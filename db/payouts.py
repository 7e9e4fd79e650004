"""Payments out of wallets through a payment provider: as they are asked for, on their way, and as
they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.newer_values import known
from db.newest_first import newest_first
from db.odd_values import AnyInstant
from db.pool import Connection, no_overdraft
from domain.payments import MAY_BE_GONE, PayoutState
from domain.payout_approval import LET_GO, SEEN_TOGETHER, NeededApproval, Unapproved
from providers.protocol import FoundPayout


@dataclass(frozen=True)
class NewRow:
    """A payment out of `amount` minor units that somebody asks for, to their account at the
    provider; `requested` where a second person has to approve it, and why they have to."""

    id: UUID
    user_id: str
    amount: int
    currency: str
    provider: str
    account: str
    state: PayoutState
    approval: NeededApproval | None = None


@dataclass(frozen=True)
class Payout:
    """A payment out of `amount` minor units, and what became of it. `attempts` is how often the
    provider was asked to pay it, `called_at` when it was first, `silent_since` since when it does
    not say what becomes of it; `seen` the number of the last event about it that waits. Its money
    was moved by `hold_id` out of the wallet, by `done_id` out of the books, by `return_id` back;
    `recovered` minor units of it have then paid what its owner owed. `approval` is why a second
    person had to approve it, as it was when it was asked for."""

    id: UUID
    user_id: str
    amount: int
    currency: str
    provider: str
    account: str
    state: PayoutState
    approval: NeededApproval | None
    approved_by: str | None
    attempts: int
    called_at: AnyInstant | None
    reference: str | None
    reason: str | None
    created_at: AnyInstant
    ended_at: AnyInstant | None
    hold_id: UUID
    done_id: UUID | None
    return_id: UUID | None
    seen: int
    recovered: int = 0
    silent_since: AnyInstant | None = None
    silent_because: str | None = None

    @property
    def is_handed_over(self) -> bool:
        """Return whether the provider is being asked to pay it, and has not answered: until then
        nobody can take it back."""
        is_asked = self.state is PayoutState.PENDING and self.called_at is not None
        return is_asked and not self.reference


@dataclass(frozen=True)
class WantedPayouts:
    """Which payouts are looked for; None: all of them."""

    user_id: str | None = None
    state: PayoutState | None = None


_WHY_IT_WAITS = ("approval_above", "others_amount", "others_count", "others_since")
_COLUMNS = (
    f"{', '.join(_WHY_IT_WAITS)}, "
    "id, user_id, amount, currency, provider, account, state, approved_by, attempts, called_at,"
    " reference, reason, created_at, ended_at, hold_id, done_id, return_id, silent_since,"
    " silent_because,"
    " coalesce((SELECT max(number) FROM provider_events e"
    "  WHERE e.ours = payouts.id::text AND e.outcome IS NULL), 0) AS seen,"
    " coalesce((SELECT x.amount FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id"
    "  WHERE t.key = 'recovery:payout_return:' || payouts.id), 0) AS recovered"
)


async def add(connection: Connection, new: NewRow) -> None:
    """Write a payout down and take its money out of the wallet, unless that was done before.

    Raises:
        InsufficientFunds: less of the wallet can be paid out.
    """
    with no_overdraft():
        await connection.execute(
            "SELECT request_payout($1)", {**vars(new), "id": str(new.id), "state": new.state}
        )


async def lock_wallet(connection: Connection, user_id: str, currency: str) -> None:
    """Keep everybody else from asking for a payout of somebody's wallet in a currency until this
    transaction ends: who looks at what else has left it does so after this."""
    await connection.execute("SELECT lock_wallet($1, $2)", user_id, currency)


async def unapproved(connection: Connection, user_id: str, currency: str) -> Unapproved | None:
    """Return what somebody lately asked for in a currency and was let go without anybody's
    approval; None where there is nothing."""
    row = await connection.fetchrow(
        "SELECT coalesce(sum(amount), 0)::bigint AS amount, count(*) AS count,"
        " min(created_at) AS since FROM payouts WHERE user_id = $1 AND currency = $2"
        " AND state = ANY ($3) AND approved_by IS NULL"
        " AND created_at > (SELECT moved(now())) - $4::interval",
        *(user_id, currency, list(LET_GO), SEEN_TOGETHER),
    )
    return Unapproved(**dict(row)) if row and row["count"] else None


async def get(connection: Connection, payout_id: UUID) -> Payout | None:
    """Return a payout; None where there is none."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM payouts WHERE id = $1", payout_id)
    return _payout(row) if row else None


async def page(
    connection: Connection,
    wanted: WantedPayouts,
    after: tuple[AnyInstant, UUID] | None,
    limit: int,
) -> list[Payout]:
    """Return payouts, newest first, from after a position."""
    select = f"SELECT {_COLUMNS} FROM payouts"
    statement, given = newest_first(select, vars(wanted), after, limit)
    rows = await connection.fetch(statement, *given)
    return [_payout(row) for row in rows]


async def begin_call(connection: Connection, payout_id: UUID) -> bool:
    """Note that the provider is about to be asked to pay it; return whether it still may be."""
    row = await connection.fetchrow(
        "UPDATE payouts SET called_at = coalesce(called_at, moved(now())), attempts = attempts + 1"
        " WHERE id = $1 AND state = 'pending' AND reference IS NULL RETURNING id",
        payout_id,
    )
    return row is not None


async def settle(
    connection: Connection, payout_id: UUID, found: FoundPayout, seen: int
) -> PayoutState | None:
    """Do what the provider answers of a payout (without a reference where it has none), and decide
    the events about it up to the one with the number `seen`; return its state then, None where
    there is no such payout."""
    said = {"state": found.state, "reference": found.reference or None, "reason": found.reason}
    state = await connection.fetchval("SELECT settle_payout($1, $2, $3)", payout_id, said, seen)
    return PayoutState(state) if state else None


async def note_trouble(connection: Connection, payout_id: UUID, why: str) -> None:
    """Note what keeps a payout that is on its way."""
    await connection.execute(
        "UPDATE payouts SET reason = $2 WHERE id = $1 AND state IN ('pending', 'paid')",
        *(payout_id, why),
    )


async def approve(connection: Connection, payout_id: UUID, by: str) -> bool:
    """Let a payout go that waits for a second person; return whether it did."""
    is_let: bool = await connection.fetchval("SELECT approve_payout($1, $2)", payout_id, by)
    return is_let


async def cancel(connection: Connection, payout_id: UUID, by: str, reason: str | None) -> bool:
    """Take a payout back that the provider was not asked for yet; return whether that could be
    done. Refused by another than its owner, with a `reason`."""
    is_back: bool = await connection.fetchval(
        "SELECT cancel_payout($1, $2, $3)", payout_id, by, reason
    )
    return is_back


async def untold(
    connection: Connection, limit: int, but: Sequence[UUID] = ()
) -> dict[UUID, PayoutState]:
    """Return payouts, but for these, whose workflow has to be told of them, each with its state:
    those of which there is something new, and those of which it was told so long ago that it may be
    gone."""
    rows = await connection.fetch(
        "(SELECT id, state FROM payouts WHERE told_at IS NULL AND id <> ALL ($3::uuid[])"
        "  ORDER BY created_at LIMIT $1)"
        " UNION ALL (SELECT id, state FROM payouts WHERE state IN ('requested', 'pending')"
        "  AND id <> ALL ($3::uuid[]) AND told_at < (SELECT moved(now())) - $2::interval"
        "  ORDER BY told_at LIMIT $1) LIMIT $1",
        *(limit, MAY_BE_GONE, but),
    )
    return {row["id"]: known(PayoutState, row["state"]) for row in rows}


async def mark_told(connection: Connection, payout_id: UUID, state: PayoutState) -> None:
    """Note that a payout's workflow has been told, unless the payout has left that state since:
    then it is to be told of that."""
    await connection.execute(
        "UPDATE payouts SET told_at = moved(now()) WHERE id = $1 AND state = $2", payout_id, state
    )


def _payout(row: Any) -> Payout:
    columns = {name: value for name, value in row.items() if name not in _WHY_IT_WAITS}
    state = known(PayoutState, row["state"])
    return Payout(**{**columns, "state": state, "approval": _approval(row)})


def _approval(row: Any) -> NeededApproval | None:
    above, *of_others = (row[column] for column in _WHY_IT_WAITS)
    if above is None:
        return None
    return NeededApproval(above, None if None in of_others else Unapproved(*of_others))
