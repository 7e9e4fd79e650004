"""A payment provider on paper: in this process, without a network, as a test wants it to be."""

import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.money import Money
from domain.payments import AccountState, PayInState, PayoutState, ProviderEventKind
from providers.protocol import (
    FoundPayIn,
    FoundPayout,
    NewPayIn,
    NewPayout,
    NotGenuine,
    PayoutAccount,
    ProviderAway,
    ProviderEvent,
    ProviderRefused,
    StartedPayIn,
    StatementLine,
    Unreadable,
)

NAME = "paper"
SECRET = b"what only the provider and we know"
_numbers = itertools.count(1)


@dataclass
class PaperProvider:
    """Keeps what it was asked for; `away` and `refuses` say what is wrong with it."""

    name: str = NAME
    takes_payments: bool = True
    away: bool = False
    refuses: str = ""
    asked: list[NewPayIn] = field(default_factory=list)
    found: dict[str, FoundPayIn] = field(default_factory=dict)
    booked: list[StatementLine | Unreadable] = field(default_factory=list)
    holds: tuple[Money | Unreadable, ...] = ()

    async def start_pay_in(self, pay_in: NewPayIn) -> StartedPayIn:
        self._answers()
        self.asked.append(pay_in)
        reference = f"paper-{pay_in.id}"
        self.found.setdefault(reference, FoundPayIn(PayInState.OPEN))
        until = datetime.now(UTC) + timedelta(days=1)
        return StartedPayIn(reference, f"https://paper.example.org/{pay_in.id}", until)

    async def find_pay_in(self, reference: str) -> FoundPayIn:
        self._answers()
        return self.found[reference]

    async def end_pay_in(self, reference: str) -> FoundPayIn:
        self._answers()
        if self.found[reference].state is PayInState.OPEN:
            self.found[reference] = FoundPayIn(PayInState.LAPSED)
        return self.found[reference]

    async def open_account(self, user_id: str, instead_of: str | None = None) -> PayoutAccount:
        self._answers()
        return PayoutAccount(account_name(user_id, instead_of), AccountState.PENDING)

    async def find_account(self, reference: str) -> PayoutAccount:
        self._answers()
        return PayoutAccount(reference, AccountState.ACTIVE)

    async def onboarding_url(self, reference: str, return_url: str) -> str:
        self._answers()
        return f"https://paper.example.org/{reference}?then={return_url}"

    async def pay_out(self, payout: NewPayout) -> FoundPayout:
        self._answers()
        return FoundPayout(f"out-{payout.id}", PayoutState.PENDING)

    async def find_payout(self, account: str, reference: str) -> FoundPayout:
        self._answers()
        return FoundPayout(reference, PayoutState.PENDING, f"to {account}")

    async def cancel_pay_out(self, account: str, reference: str) -> FoundPayout:
        self._answers()
        return FoundPayout(reference, PayoutState.CANCELLED, f"to {account}")

    def read_event(self, raw: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        if not hmac.compare_digest(headers.get("Paper-Signature", ""), signature(raw)):
            raise NotGenuine("It is not signed by the provider.")
        said = json.loads(raw)
        money, until = said.get("money"), said.get("evidence_until")
        return ProviderEvent(
            id=said["id"],
            kind=ProviderEventKind(said["kind"]),
            name=said["kind"],
            at=now,
            reference=said.get("reference"),
            ours=said.get("ours"),
            money=Money(**money) if money else None,
            reason=said.get("reason"),
            evidence_until=datetime.fromisoformat(until) if until else None,
            payment=said.get("payment"),
        )

    async def statement(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[StatementLine | Unreadable]:
        self._answers()
        for line in self.booked:
            if isinstance(line, Unreadable) or since <= line.at < until:
                yield line

    async def completed(self, event: ProviderEvent) -> ProviderEvent:
        if event.payment is None or event.ours is not None:
            return event
        self._answers()
        return replace(event, ours=event.payment.removeprefix("paper-"))

    async def held(self) -> tuple[Money | Unreadable, ...]:
        self._answers()
        return self.holds

    async def aclose(self) -> None:
        """Nothing is open."""

    def _answers(self) -> None:
        if self.away:
            raise ProviderAway("nobody answers")
        if self.refuses:
            raise ProviderRefused(self.refuses)


def account_name(user_id: str, instead_of: str | None) -> str:
    """What the provider calls somebody's account, or another one after that."""
    return f"account-{user_id}" if instead_of is None else f"{instead_of}-again"


def signature(raw: bytes) -> str:
    """What proves that something comes from the provider."""
    return hmac.new(SECRET, raw, hashlib.sha256).hexdigest()


def said(kind: ProviderEventKind, pay_in: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the provider says of a payment that was asked for."""
    return {
        "id": f"event-{next(_numbers)}",
        "kind": kind,
        "reference": f"paper-{pay_in['id']}",
        "ours": pay_in["id"],
        "money": pay_in["amount"],
        **more,
    }
