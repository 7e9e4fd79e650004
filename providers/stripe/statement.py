"""What Stripe has booked on the platform's own account, and what it holds there."""

import math
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.money import Money
from domain.payments import StatementKind
from providers.protocol import ProviderAway, ProviderRefused, StatementLine, Unreadable
from providers.stripe.amounts import from_stripe
from providers.stripe.connection import (
    PAGE,
    PAY_IN,
    PAYOUT,
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

_OTHERS = """
    adjustment advance advance_funding anticipation_repayment application_fee application_fee_refund
    climate_order_purchase climate_order_refund connect_collection_transfer contribution
    fee_credit_funding inbound_transfer inbound_transfer_reversal issuing_authorization_hold
    issuing_authorization_release issuing_dispute issuing_dispute_provisional_credit
    issuing_dispute_provisional_credit_reversal issuing_transaction obligation_outbound
    obligation_reversal_inbound payment_network_reserve_hold payment_network_reserve_release
    payment_reversal payment_unreconciled payout_minimum_balance_hold payout_minimum_balance_release
    reserve_hold reserve_release reserve_transaction reserved_funds stripe_balance_payment_debit
    stripe_balance_payment_debit_reversal tax_fund topup topup_reversal
"""
OTHERS = frozenset(_OTHERS.split())
"""What else Stripe books, by the API version that its client here speaks: nothing of somebody's
here, unless it names a payment of ours."""

COIN = re.compile("[a-z]{4,}")
"""As Stripe names what it holds that is no currency, such as `usdc`: no books have it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotRead(ValueError):
    """Something is not as it can be read here; says why in our own words."""


OF_ANOTHER_SHAPE = (AttributeError, LookupError, TypeError, ValueError, OverflowError)
"""What reading something raises that is not of the shape that Stripe's documentation has."""

UNREADABLE = (ProviderRefused, *OF_ANOTHER_SHAPE)
"""What ends the reading of one row, or of one currency, and of no other."""


class Statement(Connection):
    """What the platform's account says."""

    async def statement(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[StatementLine | Unreadable]:
        """Give every movement that Stripe booked from one instant to before another."""
        # Stripe's instants are whole seconds.
        first, last = math.ceil(since.timestamp()), math.ceil(until.timestamp())
        with in_our_words(), _of_known_shape():
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

    async def held(self) -> tuple[Money | Unreadable, ...]:
        """Return what Stripe holds for the platform, on its way there included, by currency."""
        balance = await asked(self._stripe.balance.retrieve_async())
        parts = defaultdict[str, list[Any]](list)
        with _of_known_shape():
            for part in (*balance.available, *balance.pending):
                parts[_currency_of(part)].append(part)
        return tuple(
            _held(currency, of_it)
            for currency, of_it in sorted(parts.items())
            if not COIN.fullmatch(currency)
        )

    async def _lines(self, booked: Any) -> Sequence[StatementLine | Unreadable]:
        """Return what moved and the fee for it; or that this cannot be read, which is no reason to
        read nothing else."""
        ours = None
        try:
            row = _document(booked)
            about = _source(row)
            ours = await self._ours(about)
            return _read(row, about, ours)
        except UNREADABLE as error:
            return [Unreadable(_name(booked), _why(error), ours)]

    async def _ours(self, about: Mapping[str, Any]) -> str | None:
        noted = about.get("metadata") or {}
        ours = (noted.get(name) for name in (PAY_IN, PAYOUT))
        found = next((str(one) for one in ours if one), None)
        if found is None and about.get("object") == "dispute" and about.get("payment_intent"):
            return await self._pay_in_of(about["payment_intent"])
        return found


@contextmanager
def _of_known_shape() -> Iterator[None]:
    """Read an answer within the block.

    Raises:
        ProviderAway: it is of another shape than can be read, as a whole.
    """
    try:
        yield
    except OF_ANOTHER_SHAPE as error:
        raise ProviderAway("Stripe's answer is of no shape that is read here.") from error


def _document(said: Any) -> Mapping[str, Any]:
    document: Mapping[str, Any] = said.to_dict()
    return document


def _source(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a row is about; its name alone where no more is told."""
    source = row.get("source")
    return source if isinstance(source, Mapping) else {"id": source}


def _read(
    row: Mapping[str, Any], about: Mapping[str, Any], ours: str | None
) -> list[StatementLine]:
    """Return what a row says.

    Raises:
        NotRead: it is of a kind that nobody here knows.
        ProviderRefused: our books cannot say its money.
    """
    currency, reference = row["currency"], str(row["id"])
    if ours is None and COIN.fullmatch(currency):
        return []
    kind, at = _kind(row["type"], about, ours), EPOCH + timedelta(seconds=row["created"])
    moved = kind, _whole(row["amount"]), str(about.get("id") or reference)
    fee = StatementKind.FEE, -_whole(row["fee"]), reference
    return [
        StatementLine(name, kind, at, money.amount, money.currency, ours)
        for kind, amount, name in (moved, fee)
        if (money := from_stripe(amount, currency)).amount
    ]


def _kind(booked_as: Any, about: Mapping[str, Any], ours: str | None) -> StatementKind:
    if booked_as == "adjustment" and about.get("object") == "dispute":
        return StatementKind.DISPUTE
    if booked_as in KINDS:
        return KINDS[booked_as]
    if booked_as in OTHERS and ours is None:
        return StatementKind.OTHER
    of_ours = " of a payment of ours" if ours is not None else ""
    raise NotRead(f"it is booked as {str(booked_as)[:50]!r}, which nobody here knows{of_ours}")


def _held(currency: str, parts: Sequence[Any]) -> Money | Unreadable:
    try:
        return from_stripe(sum(_whole(part.amount) for part in parts), currency)
    except UNREADABLE as error:
        code = currency.upper() or None
        return Unreadable(f"balance in {code or 'no currency'}", _why(error), currency=code)


def _currency_of(part: Any) -> str:
    """Return the currency of a part of the balance; nothing where it has none."""
    currency = getattr(part, "currency", "")
    return currency if isinstance(currency, str) else ""


def _whole(amount: Any) -> int:
    """Return an amount.

    Raises:
        NotRead: it is no whole number.
    """
    if type(amount) is not int:
        raise NotRead("an amount of it is no whole number")
    return amount


def _name(booked: Any) -> str:
    return str(getattr(booked, "id", None) or "without an id")


def _why(error: Exception) -> str:
    """Say why something cannot be read. What Python says of it may hold values."""
    if isinstance(error, ProviderRefused | NotRead):
        return str(error)
    return f"it is of no shape that is read here ({type(error).__name__})"
