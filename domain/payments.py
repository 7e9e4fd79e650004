"""What becomes of money on its way in and out, as the payment provider tells it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

MAY_BE_GONE = timedelta(hours=2)
"""After so long a payment that is under way is told of again, and so is what was said of one and is
not decided: the workflow that sees to it may be lost. Twice the hour after which that asks the
provider by itself."""


MOST_OPEN = 50
"""Payments of one person that may wait to be made: each has a page at the provider, and is asked
about each hour."""


class Way(StrEnum):
    """Which way a payment goes through the provider, as findings call it."""

    IN = "payment"
    OUT = "payout"


@dataclass(frozen=True)
class PaymentRef:
    """A payment, in or out, by its id."""

    way: Way
    id: UUID

    def __str__(self) -> str:
        return f"{self.way} {self.id}"


class PayInState(StrEnum):
    """Where a payment into somebody's wallet stands."""

    OPEN = "open"
    """The payer has a place to pay at, and has not paid."""
    PAID = "paid"
    """The money is at the provider, and in the books."""
    FAILED = "failed"
    """The provider refuses it."""
    LAPSED = "lapsed"
    """Nobody paid in time."""


class PayoutState(StrEnum):
    """Where a payment out of somebody's wallet stands."""

    REQUESTED = "requested"
    """It has left the wallet and waits for a second person's approval."""
    PENDING = "pending"
    """It is on its way through the provider."""
    PAID = "paid"
    FAILED = "failed"
    """The provider refused it: the money is back in the wallet."""
    RETURNED = "returned"
    """The bank sent it back after it was paid: the money is back in the wallet."""
    CANCELLED = "cancelled"
    """Taken back, or refused approval, before it was paid: the money is back in the wallet."""


class ChargebackState(StrEnum):
    """Where a dispute of a payment by its payer's bank stands."""

    OPENED = "opened"
    """The bank has the money back, and it can be answered for."""
    WON = "won"
    """The money came back to us."""
    LOST = "lost"
    """The bank keeps it."""


class AccountState(StrEnum):
    """Whether the provider pays somebody out."""

    NONE = "none"
    """They have no account there."""
    PENDING = "pending"
    """They have not said everything that the provider asks of them."""
    ACTIVE = "active"
    RESTRICTED = "restricted"
    """The provider pays them nothing for now, and says what it still asks."""


def known_account_state(name: str) -> AccountState:
    """Return a state of an account. One that only a newer release has is that of an account which
    is not ready: nothing is paid out to it by this one."""
    return AccountState(name) if name in list(AccountState) else AccountState.PENDING


class ProviderEventKind(StrEnum):
    """What a provider tells, in words that fit each of them."""

    PAY_IN_PAID = "pay_in_paid"
    PAY_IN_FAILED = "pay_in_failed"
    PAY_IN_LAPSED = "pay_in_lapsed"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    """Before it was paid, or after: whether it comes back depends on what we know of it."""
    PAYOUT_CANCELLED = "payout_cancelled"
    ACCOUNT_CHANGED = "account_changed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    OTHER = "other"
    """It concerns nothing that is kept here."""


OF_PAYOUTS = (
    ProviderEventKind.PAYOUT_PAID,
    ProviderEventKind.PAYOUT_FAILED,
    ProviderEventKind.PAYOUT_CANCELLED,
)
OF_DISPUTES = (
    ProviderEventKind.DISPUTE_OPENED,
    ProviderEventKind.DISPUTE_WON,
    ProviderEventKind.DISPUTE_LOST,
)


class EventOutcome(StrEnum):
    """What came of something that a provider told."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    THEIRS_ONLY = "theirs_only"
    """It is of a payment that is not known here, or a second one under the same id."""
    DIFFERS = "differs"
    """Amount or currency are others than ours: nothing was booked."""
    NOT_OURS = "not_ours"
    """It is of a kind that nothing here asks for."""


NEEDS_A_PERSON = (EventOutcome.THEIRS_ONLY, EventOutcome.DIFFERS)


class StatementKind(StrEnum):
    """As what a provider has booked a movement of money, in words that fit each of them."""

    PAY_IN = "pay_in"
    REFUND = "refund"
    """Back to a payer, or in again where that failed."""
    PAYOUT = "payout"
    """To the account of who is paid out, or back from there."""
    DISPUTE = "dispute"
    """Taken for a disputed payment, or given back."""
    WITHDRAWAL = "withdrawal"
    """To the platform's own bank, or back from there."""
    FEE = "fee"
    OTHER = "other"
