"""What a payment provider does for these books, whichever it is.

Every call that moves money names a key: the same key moves it once, however often it is asked.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.money import Money
from domain.payments import (
    AccountState,
    PayInState,
    PayoutState,
    ProviderEventKind,
    StatementKind,
)


class ProviderError(Exception):
    """A provider did not do what it was asked."""


class ProviderAway(ProviderError):
    """It was not reached, or has too much to do: what it did is not known. Ask again, with the same
    key."""


class ProviderStuck(ProviderAway):
    """Money is where neither we nor its receiver have it, and it does not come back when it is
    asked for: ask again, and have a person look at it."""


class ProviderRefused(ProviderError):
    """It has not done it and will not do it, however often it is asked; says why in its own words.
    No money is out."""


class AccountGone(ProviderRefused):
    """Somebody's account is not there any more, or not ours: they need another one."""


class NotGenuine(ProviderError):
    """What claims to be the provider's event is not: unsigned, altered, or too old."""


@dataclass(frozen=True)
class NewPayIn:
    """A payment to be made by whom it is named after, and where they go afterwards."""

    id: str
    user_id: str
    money: Money
    title: str
    """What the payer reads that they pay for."""
    return_url: str


@dataclass(frozen=True)
class StartedPayIn:
    """The provider's name of a payment, and where it is made, until when."""

    reference: str
    url: str
    until: datetime


@dataclass(frozen=True)
class FoundPayIn:
    """What the provider knows of a payment; what it took in where that is paid, and what it calls
    that."""

    state: PayInState
    money: Money | None = None
    reason: str | None = None
    payment: str | None = None


@dataclass(frozen=True)
class PayoutAccount:
    """Whether somebody is paid out, and what the provider still asks of them, in its own words."""

    reference: str
    state: AccountState
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewPayout:
    """A payment to somebody's account at the provider."""

    id: str
    account: str
    money: Money


@dataclass(frozen=True)
class FoundPayout:
    """What the provider knows of a payment out. That it failed, came back or was cancelled is told
    once its money is with us again, and not before."""

    reference: str
    state: PayoutState
    reason: str | None = None


@dataclass(frozen=True)
class ProviderEvent:
    """What a provider tells, once under its id, though it may send it often and late.

    Of a test where money is real (or the reverse) it concerns nothing that is kept here.
    `reference` is its name of what it speaks of, `ours` the id that we gave that, where it says so
    (`completed` finds it where it does not); `payment` is its name of the money that a payer paid,
    by which a payment and a dispute of it are known to be of the same; `evidence_until` is until
    when that may be answered for. Of a payout it is a hint: whether its money is back says
    `find_payout`.
    """

    id: str
    kind: ProviderEventKind
    name: str
    """The event's type in the provider's words."""
    at: datetime
    reference: str | None = None
    ours: str | None = None
    money: Money | None = None
    reason: str | None = None
    evidence_until: datetime | None = None
    account: PayoutAccount | None = None
    payment: str | None = None


@dataclass(frozen=True)
class StatementLine:
    """One movement of money as the provider has booked it; negative where it went out. Fees are
    lines of their own. `ours` is the id of the pay-in or payout that it belongs to."""

    reference: str
    kind: StatementKind
    at: datetime
    amount: int
    currency: str
    ours: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """Something that a provider says of money and that cannot be read, or not be said in our books,
    and why: a line of its statement by its `reference`, with the id of ours that it has, where that
    could be read; or what it holds in a `currency`, None where not even that could be read."""

    reference: str
    why: str
    ours: str | None = None
    currency: str | None = None


class Provider(Protocol):
    """A payment provider. Every method may raise `ProviderAway` and `ProviderRefused`."""

    name: str
    takes_payments: bool
    """Whether there is one at all; else whoever asks for a payment is told so."""

    async def start_pay_in(self, pay_in: NewPayIn) -> StartedPayIn:
        """Return where the payer goes; the same for the same id."""

    async def find_pay_in(self, reference: str) -> FoundPayIn:
        """Return what became of a payment."""

    async def end_pay_in(self, reference: str) -> FoundPayIn:
        """Let nobody pay it any more, unless it is paid; return what became of it."""

    async def open_account(self, user_id: str, instead_of: str | None = None) -> PayoutAccount:
        """Return somebody's account, which is opened where they have none, or another one instead
        of one that is gone."""

    async def find_account(self, reference: str) -> PayoutAccount:
        """Return what state an account is in.

        Raises:
            AccountGone: there is none such.
        """

    async def onboarding_url(self, reference: str, return_url: str) -> str:
        """Return where somebody tells the provider what it asks of them.

        Raises:
            AccountGone: there is no such account.
        """

    async def pay_out(self, payout: NewPayout) -> FoundPayout:
        """Send money to an account; the same answer for the same id.

        Raises:
            AccountGone: there is no such account, and nothing is out.
            ProviderStuck: it left us, was refused further on, and is not to be had back.
        """

    async def find_payout(self, account: str, reference: str) -> FoundPayout:
        """Return what became of a payment out; where it failed or was cancelled, after its money is
        with us again, for which this asks.

        Raises:
            ProviderStuck: that is not to be had back.
        """

    async def cancel_pay_out(self, account: str, reference: str) -> FoundPayout:
        """Take a payment out back, where it is not under way yet, and return what became of it."""

    def read_event(self, raw: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """Return what is told in a request's body.

        Raises:
            NotGenuine: it is not signed by the provider, was altered, or is older than 5 minutes.
            ValueError: it is signed, and is no event.
        """

    async def completed(self, event: ProviderEvent) -> ProviderEvent:
        """Return an event with what it leaves out and the provider knows: `ours` of a dispute."""

    def statement(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[StatementLine | Unreadable]:
        """Give every movement that the provider booked from one instant to before another. One that
        cannot be read is given as such, among the others."""

    async def held(self) -> tuple[Money | Unreadable, ...]:
        """Return what the provider holds for us, on its way there included, by currency."""

    async def aclose(self) -> None:
        """Close what is open; nothing is asked afterwards."""
