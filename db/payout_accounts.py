"""Where the payment provider pays people out, and whether it does, as it said last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.odd_values import AnyInstant
from db.pool import Connection
from domain.payments import AccountState, known_account_state
from providers.protocol import PayoutAccount


@dataclass(frozen=True)
class KeptAccount:
    """Somebody's account at the provider, and what that still asks of them, in its own words;
    `said_at` is another instant each time that something is said of it."""

    reference: str
    state: AccountState
    asked: tuple[str, ...]
    said_at: AnyInstant


_ACCOUNT = (
    "SELECT reference, state, asked, said_at FROM payout_accounts"
    " WHERE provider = $1 AND user_id = $2"
)


async def get(connection: Connection, provider: str, user_id: str) -> KeptAccount | None:
    """Return somebody's account at a provider; None where they have none."""
    row = await connection.fetchrow(_ACCOUNT, provider, user_id)
    return _kept(row) if row else None


# Whoever is not ready is asked about at each look, whoever is by nobody: what is said meanwhile is
# newer than the answer for all that we know, and is not overruled by one that says ready.
_NOTE = """
    INSERT INTO payout_accounts AS kept (provider, user_id, reference, state, asked, said_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, user_id) DO UPDATE
    SET state = excluded.state, asked = excluded.asked,
        said_at = greatest(excluded.said_at, kept.said_at + interval '1 microsecond')
    WHERE kept.reference = excluded.reference AND (kept.said_at = $7::timestamptz
          OR (excluded.state <> 'active' AND kept.said_at <= excluded.said_at))
"""


async def note(
    connection: Connection,
    provider: str,
    user_id: str,
    said: PayoutAccount,
    at: datetime,
    seen: KeptAccount | None = None,
) -> KeptAccount:
    """Write down what the provider answers of somebody's account, of whom `seen` was known when it
    was asked at an instant (UTC), unless it has said something meanwhile, or they have another one;
    return the account as it stands."""
    async with connection.transaction():
        await connection.execute(
            _NOTE,
            *(provider, user_id, said.reference, said.state, list(said.asked), at),
            seen.said_at if seen else None,
        )
        if seen is None:
            await _know(connection, provider, said.reference)
    return _kept(await connection.fetchrow(_ACCOUNT, provider, user_id))


async def replace(
    connection: Connection,
    provider: str,
    user_id: str,
    said: PayoutAccount,
    at: datetime,
    gone: KeptAccount,
) -> KeptAccount:
    """Put another account in the place of one that is `gone` at the provider, as that says at an
    instant (UTC), unless it was done; return the account as it stands."""
    new = {
        "provider": provider,
        "user_id": user_id,
        "reference": said.reference,
        "state": said.state,
        "asked": list(said.asked),
        "at": at.isoformat(),
    }
    async with connection.transaction():
        await connection.execute("SELECT replace_payout_account($1, $2)", gone.reference, new)
        await _know(connection, provider, said.reference)
    return _kept(await connection.fetchrow(_ACCOUNT, provider, user_id))


async def doubt(connection: Connection, provider: str, reference: str) -> None:
    """Have an account asked about at the next look, though it was said to be ready."""
    await connection.execute(
        "UPDATE payout_accounts SET state = $3 WHERE provider = $1 AND reference = $2",
        *(provider, reference, AccountState.PENDING),
    )


async def _know(connection: Connection, provider: str, reference: str) -> None:
    """Have what a provider said of an account before it was written down be for nobody any more, in
    the transaction that has written it down."""
    await connection.execute("SELECT know_payout_account($1, $2)", provider, reference)


def _kept(row: Any) -> KeptAccount:
    state = known_account_state(row["state"])
    return KeptAccount(row["reference"], state, tuple(row["asked"]), row["said_at"])
