"""Money: integers in a currency's minor unit (cents), and how a sum is shared out. No floats."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StrictInt

from domain.base import Frozen
from domain.currencies import decimals, is_code, is_known

MAX_AMOUNT = 10_000_000_000
"""The largest price, in minor units; far above any order, far below what the ledger can hold."""

BASIS_POINTS = 10_000
NO_CURRENCY = "must be an ISO 4217 currency code in capitals, such as EUR"


def _a_code(text: str) -> str:
    if not is_code(text):
        raise ValueError(NO_CURRENCY)
    return text


def _known(code: str) -> str:
    if not is_known(code):
        raise ValueError(NO_CURRENCY)
    return code


CurrencyCode = Annotated[
    str,
    Field(
        min_length=3,
        max_length=3,
        examples=["EUR"],
        description="A currency's code in ISO 4217.",
        json_schema_extra={"format": "iso-4217", "pattern": "^[A-Z]{3}$"},
    ),
    AfterValidator(_a_code),
]
"""Of today, or of the day from which something has it: what exists is read for ever. A workflow
reads this, and must find the same in it on every day."""

KnownCurrency = Annotated[CurrencyCode, AfterValidator(_known)]
"""What is a currency or was one: the others are mistakes."""

Amount = Annotated[StrictInt, Field(ge=1, le=MAX_AMOUNT, examples=[2000])]


class Money(Frozen):
    """An amount in minor units and its currency."""

    model_config = ConfigDict(extra="forbid")

    amount: StrictInt
    currency: CurrencyCode

    def __str__(self) -> str:
        return in_words(self.amount, self.currency)


def in_words(amount: int, currency: str) -> str:
    """Write an amount in minor units for programs and operators, such as `20.00 EUR`. What people
    read of it is `texts.formatter`'s."""
    places = decimals(currency)
    sign = "-" if amount < 0 else ""
    units, rest = divmod(abs(amount), 10**places)
    digits = f"{units}.{rest:0{places}}" if places else str(units)
    return f"{sign}{digits} {currency}"


def from_words(words: str) -> tuple[int, str]:
    """Return the amount in minor units, and the currency, that `in_words` wrote.

    Raises:
        ValueError: it is nothing of the kind.
    """
    digits, currency = words.replace(".", "").split(" ")
    return int(digits), currency


class Shares(Frozen):
    """An ended order's total by receiver, in minor units; the three add up to it."""

    refunded: int
    paid_to_seller: int
    commission: int


def shares(total: int, refunded: int, commission_bps: int) -> Shares:
    """Share out an order's `total` of which `refunded` goes back to the buyer, in minor units.

    The commission is taken on the seller's share only and rounded down to the minor unit, in the
    seller's favour.

    Raises:
        ValueError: more than the total, or less than nothing, would go back.
    """
    if not 0 <= refunded <= total:
        raise ValueError(f"cannot refund {refunded} of {total}")
    rest = total - refunded
    commission = rest * commission_bps // BASIS_POINTS
    return Shares(refunded=refunded, paid_to_seller=rest - commission, commission=commission)
