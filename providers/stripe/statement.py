"""What Stripe has booked on the platform's own account, and what it holds there."""

import math
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from domain.money import Money
from domain.payments import StatementKind
from providers.protocol import StatementLine
from providers.stripe.amounts import from_stripe, is_in_books
from providers.stripe.connection import (
    PAGE,
    PAY_IN,
    PAYOUT,
    REFUND,
    Connection,
    asked,
    in_our_words,
)

KINDS = {
    "charge": StatementKind.PAY_IN,
    "payment": StatementKind.PAY_IN,
    "refund": StatementKind.REFUND,
    "payment_refund": StatementKind.REFUND,
    "refund_failure": StatementKind.REFUND,
    "payment_failure_refund": StatementKind.REFUND,
    "transfer": StatementKind.PAYOUT,
    "transfer_refund": StatementKind.PAYOUT,
    "transfer_cancel": StatementKind.PAYOUT,
    "transfer_failure": StatementKind.PAYOUT,
    "payout": StatementKind.WITHDRAWAL,
    "payout_cancel": StatementKind.WITHDRAWAL,
    "payout_failure": StatementKind.WITHDRAWAL,
    "stripe_fee": StatementKind.FEE,
    "stripe_fx_fee": StatementKind.FEE,
    "tax_fee": StatementKind.FEE,
}


class Statement(Connection):
    """What the platform's account says."""

    async def statement(self, since: datetime, until: datetime) -> AsyncIterator[StatementLine]:
        """Give every movement that Stripe booked from one instant to before another."""
        # Stripe's instants are whole seconds.
        first, last = math.ceil(since.timestamp()), math.ceil(until.timestamp())
        with in_our_words():
            booked = await self._stripe.balance_transactions.list_async(
                {
                    "created": {"gte": first, "lt": last},
                    "limit": PAGE,
                    "expand": ["data.source"],
                }
            )
            async for one in booked.auto_paging_iter():
                for line in await self._lines(one):
                    yield line

    async def held(self) -> tuple[Money, ...]:
        """Return what Stripe holds for the platform, on its way there included, by currency."""
        balance = await asked(self._stripe.balance.retrieve_async())
        sums: Counter[str] = Counter()
        for available in balance.available:
            sums[available.currency] += available.amount
        for pending in balance.pending:
            sums[pending.currency] += pending.amount
        return tuple(
            from_stripe(amount, currency)
            for currency, amount in sorted(sums.items())
            if is_in_books(currency)
        )

    async def _lines(self, booked: stripe.BalanceTransaction) -> list[StatementLine]:
        if not is_in_books(booked.currency):
            return []
        source = booked.source
        about = source.to_dict() if isinstance(source, stripe.StripeObject) else {"id": source}
        ours = await self._ours(about)
        moved = _kind(booked.type, about), booked.amount, about.get("id") or booked.id
        fee = StatementKind.FEE, -booked.fee, booked.id
        at = datetime.fromtimestamp(booked.created, UTC)
        return [
            StatementLine(reference, kind, at, money.amount, money.currency, ours)
            for kind, amount, reference in (moved, fee)
            if (money := from_stripe(amount, booked.currency)).amount
        ]

    async def _ours(self, about: Mapping[str, Any]) -> str | None:
        noted = about.get("metadata") or {}
        ours = (noted.get(name) for name in (PAY_IN, PAYOUT, REFUND))
        found: str | None = next((one for one in ours if one), None)
        if found is None and about.get("object") == "dispute" and about.get("payment_intent"):
            return await self._pay_in_of(about["payment_intent"])
        return found


def _kind(booked_as: str, about: Mapping[str, Any]) -> StatementKind:
    if booked_as == "adjustment" and about.get("object") == "dispute":
        return StatementKind.DISPUTE
    return KINDS.get(booked_as, StatementKind.OTHER)
