"""Where the payment provider pays people out, and whether it does, as it said last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.pool import Connection
from domain.payments import AccountState
from providers.protocol import PayoutAccount


@dataclass(frozen=True)
class KeptAccount:
    """Somebody's account at the provider, and what that still asks of them, in its own words."""

    reference: str
    state: AccountState
    asked: tuple[str, ...]


_ACCOUNT = (
    "SELECT reference, state, asked FROM payout_accounts WHERE provider = $1 AND user_id = $2"
)


async def get(connection: Connection, provider: str, user_id: str) -> KeptAccount | None:
    """Return somebody's account at a provider; None where they have none."""
    row = await connection.fetchrow(_ACCOUNT, provider, user_id)
    return _kept(row) if row else None


async def note(
    connection: Connection, provider: str, user_id: str, said: PayoutAccount, at: datetime
) -> KeptAccount:
    """Write down what the provider says of somebody's account at an instant (UTC), unless it has
    said something later, or they have another one; return the account as it stands."""
    await connection.execute(
        "INSERT INTO payout_accounts (provider, user_id, reference, state, asked, said_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, user_id) DO UPDATE"
        " SET state = excluded.state, asked = excluded.asked, said_at = excluded.said_at"
        " WHERE payout_accounts.said_at <= excluded.said_at"
        " AND payout_accounts.reference = excluded.reference",
        *(provider, user_id, said.reference, said.state, list(said.asked), at),
    )
    return _kept(await connection.fetchrow(_ACCOUNT, provider, user_id))


def _kept(row: Any) -> KeptAccount:
    return KeptAccount(row["reference"], AccountState(row["state"]), tuple(row["asked"]))
