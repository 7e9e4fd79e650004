"""A payment provider on paper that pays out: once an id, and as a test says that it goes on."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.payments import AccountState, PayoutState, ProviderEventKind
from providers.protocol import (
    AccountGone,
    FoundPayout,
    NewPayout,
    PayoutAccount,
    ProviderAway,
    ProviderEvent,
    ProviderStuck,
)
from tests.providers.paper import PaperProvider, account_name, said

APPROVED_ABOVE = 5_000
"""Cents above which a marketplace that tests make has a second person approve a payout."""


@dataclass
class PaperPayouts(PaperProvider):
    """Pays out at once where a test does not say otherwise. `lost` is how many of its next answers
    do not arrive, though it has done what it was asked; `held_up` keeps it from answering; `gone`
    are the accounts that it has no more."""

    asked_out: list[NewPayout] = field(default_factory=list)
    out: dict[str, FoundPayout] = field(default_factory=dict)
    accounts: dict[str, PayoutAccount] = field(default_factory=dict)
    lost: int = 0
    stuck: str = ""
    gone: set[str] = field(default_factory=set)
    cancels: bool = True
    held_up: asyncio.Event | None = None
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_account(self, user_id: str, instead_of: str | None = None) -> PayoutAccount:
        self._answers()
        reference = account_name(user_id, instead_of)
        return self.accounts.setdefault(
            reference, PayoutAccount(reference, AccountState.PENDING, ("a photograph",))
        )

    async def find_account(self, reference: str) -> PayoutAccount:
        self._demand_account(reference)
        return self.accounts[reference]

    async def onboarding_url(self, reference: str, return_url: str) -> str:
        self._demand_account(reference)
        return await super().onboarding_url(reference, return_url)

    def _demand_account(self, reference: str) -> None:
        self._answers()
        if reference in self.gone:
            raise AccountGone(f"there is no {reference} any more")

    async def pay_out(self, payout: NewPayout) -> FoundPayout:
        if payout.account not in self.accounts:  # another test's, which is still under way
            return FoundPayout(f"out-{payout.id}", PayoutState.PENDING)
        self.asked_out.append(payout)
        self.is_asked.set()
        self._demand_account(payout.account)
        reference = f"out-{payout.id}"
        self.out.setdefault(reference, FoundPayout(reference, PayoutState.PENDING))
        if self.held_up is not None:
            await self.held_up.wait()
        if self.lost:
            self.lost -= 1
            raise ProviderAway("its answer is lost")
        return self.out[reference]

    async def find_payout(self, account: str, reference: str) -> FoundPayout:
        self._answers()
        if self.stuck:
            raise ProviderStuck(self.stuck)
        assert account.startswith("account-")
        return self.out[reference]

    async def cancel_pay_out(self, account: str, reference: str) -> FoundPayout:
        self._answers()
        if self.stuck:
            raise ProviderStuck(self.stuck)
        assert account.startswith("account-")
        if self.cancels and self.out[reference].state is PayoutState.PENDING:
            self.out[reference] = FoundPayout(reference, PayoutState.CANCELLED)
        return self.out[reference]

    def read_event(self, raw: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        event, account = super().read_event(raw, headers, now), json.loads(raw).get("account")
        if account is None:
            return event
        state, asked = AccountState(account["state"]), tuple(account["asked"])
        at = datetime.fromisoformat(account["at"]) if "at" in account else event.at
        known = PayoutAccount(event.reference or "", state, asked)
        return replace(event, at=at, account=known)

    def goes_on(self, payout: dict[str, Any], state: PayoutState, why: str | None = None) -> None:
        """From now on a payout is this."""
        reference = f"out-{payout['id']}"
        self.out[reference] = FoundPayout(reference, state, why)


def said_of_payout(kind: ProviderEventKind, payout: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the provider says of a payout that was asked for."""
    return said(kind, payout, **{"reference": f"out-{payout['id']}", **more})
