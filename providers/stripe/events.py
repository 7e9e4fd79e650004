"""What Stripe tells by itself: who has signed it, and what it means here."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from pydantic import BaseModel, ConfigDict

from domain.money import Money
from domain.payments import ProviderEventKind
from providers.protocol import NotGenuine, ProviderEvent, ProviderRefused
from providers.stripe.accounts import payout_account
from providers.stripe.amounts import from_stripe
from providers.stripe.connection import PAY_IN, PAYOUT, USER, Connection

TOLERANCE = timedelta(minutes=5)
SIGNATURE = "stripe-signature"
INQUIRY = "warning_"
"""How the status of a dispute begins that is a question of the bank's and takes no money."""


class Events(Connection):
    """What is told, once it is known to be Stripe's."""

    def read_event(self, raw: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """Return what is told in a request's body.

        Raises:
            NotGenuine: it is not signed with any of the secrets, was altered, or is older than 5
                minutes.
            ValueError: it is signed, and is no event.
        """
        signature = next((said for name, said in headers.items() if name.lower() == SIGNATURE), "")
        if not any(_is_signed(raw, signature, secret) for secret in self._webhook_secrets):
            raise NotGenuine("It is not signed with any of SEQUESTRE_STRIPE_WEBHOOK_SECRETS.")
        if now - _signed_at(signature) > TOLERANCE:
            raise NotGenuine("It was signed more than 5 minutes ago.")
        told = _Told.model_validate(json.loads(raw))
        # Where money is real, Stripe tells of tests at connected accounts as well, signed alike:
        # taken for no event they would come for days, until nothing is told any more.
        return _read(told) if told.livemode == self._is_live else _of_nothing(told)

    async def completed(self, event: ProviderEvent) -> ProviderEvent:
        """Return an event with what it leaves out: whose payment a dispute is about."""
        if event.payment is None or event.ours is not None:
            return event
        return replace(event, ours=await self._pay_in_of(event.payment))


def _is_signed(raw: bytes, signature: str, secret: str) -> bool:
    try:
        # How old it is, is asked of the clock that we are given.
        stripe.WebhookSignature.verify_header(raw, signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
        # Bytes that are no text, and signs that no signature has, are for its caller to notice.
        return False
    return True


def _signed_at(signature: str) -> datetime:
    """Return the first of the instants that are named, which is the one that is signed."""
    named = next(part for part in signature.split(",") if part.startswith("t="))
    try:
        return datetime.fromtimestamp(int(named.removeprefix("t=")), UTC)
    except (ValueError, OverflowError, OSError):
        raise NotGenuine("It was signed at no instant that there is.") from None


class _Data(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    object: dict[str, Any]
    previous_attributes: dict[str, Any] | None = None


class _Told(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    type: str
    created: int
    livemode: bool
    account: str | None = None
    data: _Data


class _Subject(BaseModel):
    """What is read of that which an event tells of: a page, a payout, or a dispute."""

    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    status: str = ""
    currency: str | None = None
    amount: int | None = None
    amount_total: int | None = None
    metadata: dict[str, str] | None = None
    payment_status: str | None = None
    payment_intent: str | None = None
    failure_message: str | None = None
    failure_code: str | None = None
    reason: str | None = None
    evidence_details: dict[str, Any] | None = None

    def ours(self, name: str) -> str | None:
        return (self.metadata or {}).get(name)

    @property
    def money(self) -> Money | None:
        amount = self.amount if self.amount_total is None else self.amount_total
        if amount is None or self.currency is None:
            return None
        with suppress(ProviderRefused):
            return from_stripe(amount, self.currency)
        return None  # what our books cannot say is none of our payments

    @property
    def evidence_until(self) -> datetime | None:
        due = (self.evidence_details or {}).get("due_by")
        return None if due is None else datetime.fromtimestamp(due, UTC)


def _read(told: _Told) -> ProviderEvent:
    event = _of_nothing(told)
    readings = OF_ACCOUNTS if told.account else OF_THE_PLATFORM
    reading = readings.get(told.type)
    return event if reading is None else reading(event, told)


def _of_nothing(told: _Told) -> ProviderEvent:
    at = datetime.fromtimestamp(told.created, UTC)
    return ProviderEvent(told.id, ProviderEventKind.OTHER, told.type, at)


def _pay_in(kind: ProviderEventKind) -> Callable[[ProviderEvent, _Told], ProviderEvent]:
    def reading(event: ProviderEvent, told: _Told) -> ProviderEvent:
        page = _Subject.model_validate(told.data.object)
        # By some ways of paying, the page is through days before the money is there.
        is_waiting = kind is ProviderEventKind.PAY_IN_PAID and page.payment_status != "paid"
        return replace(
            event,
            kind=ProviderEventKind.OTHER if is_waiting else kind,
            reference=page.id,
            ours=page.ours(PAY_IN),
            money=page.money,
            payment=page.payment_intent,
        )

    return reading


def _payout(kind: ProviderEventKind) -> Callable[[ProviderEvent, _Told], ProviderEvent]:
    def reading(event: ProviderEvent, told: _Told) -> ProviderEvent:
        payout = _Subject.model_validate(told.data.object)
        return replace(
            event,
            kind=kind,
            reference=payout.id,
            ours=payout.ours(PAYOUT),
            money=payout.money,
            reason=payout.failure_message or payout.failure_code,
        )

    return reading


def _account(event: ProviderEvent, told: _Told) -> ProviderEvent:
    account = payout_account(told.data.object)
    ours = (told.data.object.get("metadata") or {}).get(USER)
    kind = ProviderEventKind.ACCOUNT_CHANGED
    return replace(event, kind=kind, reference=account.reference, ours=ours, account=account)


def _dispute(event: ProviderEvent, told: _Told) -> ProviderEvent:
    dispute = _Subject.model_validate(told.data.object)
    before = str((told.data.previous_attributes or {}).get("status", ""))
    return replace(
        event,
        kind=_dispute_kind(told.type, dispute.status, before),
        reference=dispute.id,
        money=dispute.money,
        reason=dispute.reason,
        evidence_until=dispute.evidence_until,
        payment=dispute.payment_intent,
    )


def _dispute_kind(name: str, status: str, before: str) -> ProviderEventKind:
    if status in ENDS:  # of some ways of paying a dispute is lost as soon as it is there
        return ENDS[status]
    if name == "charge.dispute.funds_withdrawn":
        return ProviderEventKind.DISPUTE_OPENED
    is_new = name == "charge.dispute.created" or before.startswith(INQUIRY)
    is_taken = is_new and not status.startswith(INQUIRY)
    return ProviderEventKind.DISPUTE_OPENED if is_taken else ProviderEventKind.OTHER


ENDS = {
    "won": ProviderEventKind.DISPUTE_WON,
    "lost": ProviderEventKind.DISPUTE_LOST,
    # The network has given the payer their money before there was a dispute: it is gone.
    "prevented": ProviderEventKind.DISPUTE_LOST,
}

Readings = Mapping[str, Callable[[ProviderEvent, _Told], ProviderEvent]]

OF_THE_PLATFORM: Readings = {
    "checkout.session.completed": _pay_in(ProviderEventKind.PAY_IN_PAID),
    "checkout.session.async_payment_succeeded": _pay_in(ProviderEventKind.PAY_IN_PAID),
    "checkout.session.async_payment_failed": _pay_in(ProviderEventKind.PAY_IN_FAILED),
    "checkout.session.expired": _pay_in(ProviderEventKind.PAY_IN_LAPSED),
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.closed": _dispute,
}
"""What happens to the money that we hold. Who is paid at somebody's account, whatever they note
there, has paid them and not us."""

OF_ACCOUNTS: Readings = {
    "payout.paid": _payout(ProviderEventKind.PAYOUT_PAID),
    "payout.failed": _payout(ProviderEventKind.PAYOUT_FAILED),
    "payout.canceled": _payout(ProviderEventKind.PAYOUT_CANCELLED),
    "account.updated": _account,
}
"""What happens at the accounts of those who are paid out. What the platform pays itself out of its
own account is nobody's wallet."""
