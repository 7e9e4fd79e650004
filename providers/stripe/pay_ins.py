"""Money in: a page of Stripe's (a Checkout Session), and the payment under it."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import stripe

from domain.money import Money
from domain.payments import PayInState
from providers.protocol import FoundPayIn, NewPayIn, ProviderRefused, StartedPayIn
from providers.stripe.amounts import from_stripe, to_stripe
from providers.stripe.connection import PAY_IN, USER, Connection, asked

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

BROKEN_OFF = ("requires_payment_method", "canceled")
"""Of a payment whose page is through with it: the bank has said no after all."""


class PayIns(Connection):
    """What becomes of payments by Checkout."""

    async def start_pay_in(self, pay_in: NewPayIn) -> StartedPayIn:
        """Return where the payer goes, for 24 hours; the same for the same id."""
        # Stripe's own 24 hours: an instant of ours would be another one when asked again, and the
        # key be refused for it.
        session = await asked(
            self._stripe.checkout.sessions.create_async(
                _new_session(pay_in), {"idempotency_key": f"sequestre-pay-in-{pay_in.id}"}
            )
        )
        if session.url is None:
            raise ProviderRefused("Stripe has no page for this payment.")
        until = datetime.fromtimestamp(session.expires_at, UTC)
        return StartedPayIn(session.id, session.url, until)

    async def find_pay_in(self, reference: str) -> FoundPayIn:
        """Return what became of a payment."""
        session = await asked(
            self._stripe.checkout.sessions.retrieve_async(reference, {"expand": ["payment_intent"]})
        )
        if session.payment_status == "paid":
            return FoundPayIn(PayInState.PAID, paid_with(session), payment=_intent_of(session))
        if session.status == "expired":
            return FoundPayIn(PayInState.LAPSED)
        return _unpaid(session)

    async def end_pay_in(self, reference: str) -> FoundPayIn:
        """Let nobody pay on a page any more, unless that is done; return what became of it."""
        # One that is over, or just being paid, refuses: what became of it is asked for.
        with suppress(ProviderRefused):
            await asked(self._stripe.checkout.sessions.expire_async(reference))
        return await self.find_pay_in(reference)


def _new_session(pay_in: NewPayIn) -> "SessionCreateParams":
    ours = {PAY_IN: pay_in.id, USER: pay_in.user_id}
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": pay_in.money.currency.lower(),
                    "unit_amount": to_stripe(pay_in.money),
                    "product_data": {"name": pay_in.title},
                },
            }
        ],
        "success_url": pay_in.return_url,
        "cancel_url": pay_in.return_url,
        "client_reference_id": pay_in.id,
        "metadata": ours,
        # The charge takes them over, and so the statement has them.
        "payment_intent_data": {"metadata": ours},
        # Nothing but what the books say is taken in.
        "adaptive_pricing": {"enabled": False},
    }


def paid_with(session: "stripe.checkout.Session") -> Money | None:
    """Return what a payer has paid on a page, or would; None where our books cannot say it."""
    if session.amount_total is None or session.currency is None:
        return None
    with suppress(ProviderRefused):
        return from_stripe(session.amount_total, session.currency)
    return None


def _intent_of(session: "stripe.checkout.Session") -> str | None:
    intent = session.payment_intent
    return intent.id if isinstance(intent, stripe.PaymentIntent) else intent


def _unpaid(session: "stripe.checkout.Session") -> FoundPayIn:
    intent = session.payment_intent
    is_over = session.status == "complete" and isinstance(intent, stripe.PaymentIntent)
    if is_over and isinstance(intent, stripe.PaymentIntent) and intent.status in BROKEN_OFF:
        error = intent.last_payment_error
        return FoundPayIn(PayInState.FAILED, reason=error.message if error else None)
    return FoundPayIn(PayInState.OPEN)
