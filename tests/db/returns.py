"""Money that had left a wallet and is in it again: every way in which a payout comes back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from db import payouts, transfers, wallets
from db.payouts import NewRow
from domain.ledger import PostingKind
from domain.payments import PayoutState
from providers.protocol import FoundPayout
from tests.db.disputed import PROVIDER, SELLER
from tests.db.market import Market


async def sent(
    market: Market, amount: int, state: PayoutState = PayoutState.PENDING, currency: str = "EUR"
) -> UUID:
    """A payout of the seller's through the provider; it has left their wallet."""
    one = uuid4()
    new = NewRow(one, SELLER, amount, currency, PROVIDER, "account-1", state)
    async with market.pool.acquire() as connection:
        await payouts.add(connection, new)
    return one


async def said(market: Market, one: UUID, state: PayoutState) -> None:
    """The provider says this of a payout."""
    async with market.pool.acquire() as connection:
        await payouts.settle(connection, one, FoundPayout(f"out-{one}", state, "Why."), 0)


async def cancelled(market: Market, one: UUID, by: str = SELLER) -> None:
    """Somebody takes a payout back that nobody was asked to pay."""
    async with market.pool.acquire() as connection:
        await payouts.cancel(connection, one, by, None if by == SELLER else "No.")


async def written(market: Market, amount: int) -> UUID:
    """A payout of the seller's that an operator writes down by hand; gives the transfer's id."""
    key = f"by-hand-{uuid4()}"
    async with market.pool.acquire() as connection:
        return await wallets.move(
            connection, key, PostingKind.PAYOUT, SELLER, amount, "EUR", "bank-1", "olga"
        )


async def reversed_by_hand(market: Market, one: UUID) -> None:
    """An operator takes such a transfer back."""
    async with market.pool.acquire() as connection:
        await transfers.reverse(connection, one, "It was never paid.", "olga")


@dataclass(frozen=True)
class Way:
    """How a payout leaves (gives what it is known by), what becomes of it before anybody owes
    something, and how its money comes back."""

    leaves: Callable[[Market, int], Awaitable[UUID]]
    back: Callable[[Market, UUID], Awaitable[None]]
    before: PayoutState | None = None


def _by(state: PayoutState) -> Callable[[Market, UUID], Awaitable[None]]:
    return lambda market, one: said(market, one, state)


async def _requested(market: Market, amount: int) -> UUID:
    return await sent(market, amount, PayoutState.REQUESTED)


async def _refused(market: Market, one: UUID) -> None:
    await cancelled(market, one, "fiona")


WAYS = {
    "taken back": Way(sent, cancelled),
    "taken back unapproved": Way(_requested, cancelled),
    "refused": Way(_requested, _refused),
    "failed": Way(sent, _by(PayoutState.FAILED)),
    "cancelled there": Way(sent, _by(PayoutState.CANCELLED)),
    "returned": Way(sent, _by(PayoutState.RETURNED), PayoutState.PAID),
    "returned unheard": Way(sent, _by(PayoutState.RETURNED)),
    "failed after all": Way(sent, _by(PayoutState.FAILED), PayoutState.PAID),
    "reversed": Way(written, reversed_by_hand),
}
"""Every way back into a wallet that is no top-up and no order's."""
