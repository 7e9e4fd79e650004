"""Amounts as Stripe counts them, which is not always in a currency's minor unit.

https://docs.stripe.com/currencies: "Zero-decimal currencies", "Three-decimal currencies" and
"Special cases".
"""

from domain.currencies import decimals, is_code
from domain.money import Money
from providers.protocol import ProviderRefused

_BY_UNITS = {
    1: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    1000: "BHD JOD KWD OMR TND",
}
UNITS = {code: units for units, codes in _BY_UNITS.items() for code in codes.split()}
"""As how many Stripe counts one of a currency; of a thousand the last digit has to be 0."""

USUAL = 100
"""As how many it counts one of all others, of those without decimals too: 5 ISK and 5 UGX are
500."""

WHOLE_IN_PAYOUTS = ("HUF", "TWD")
"""Paid out in whole ones only."""


def to_stripe(money: Money, *, is_payout: bool = False) -> int:
    """Return an amount as Stripe is told it.

    Raises:
        ProviderRefused: Stripe would round it, or has no such currency.
    """
    amount, rest = divmod(money.amount * _units(money.currency), _ours(money.currency))
    if rest or amount % _step(money.currency, is_payout):
        raise ProviderRefused(
            f"Stripe takes no {money}: it would round it to {_said_step(money.currency, is_payout)}"
        )
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """Return what Stripe tells an amount to be; negative where that is. The currency may be
    written small, as Stripe does.

    Raises:
        ProviderRefused: our books cannot say it without rounding, or it is of no currency.
    """
    code = currency.upper()
    if not is_in_books(code):
        raise ProviderRefused(f"Stripe tells of {code}, which is no currency")
    ours, rest = divmod(amount * _ours(code), _units(code))
    if rest:
        raise ProviderRefused(f"Stripe tells {amount} of {code}, which is no whole minor unit")
    return Money(amount=ours, currency=code)


def is_in_books(currency: str) -> bool:
    """Return whether our books can have what Stripe calls so; it has coins besides, such as
    `usdc`."""
    return is_code(currency.upper())


def _ours(code: str) -> int:
    return int(10 ** decimals(code))


def _units(code: str) -> int:
    if code not in UNITS and _ours(code) > USUAL:
        raise ProviderRefused(f"Stripe has no {code}")
    return UNITS.get(code, USUAL)


def _step(code: str, is_payout: bool) -> int:
    if is_payout and code in WHOLE_IN_PAYOUTS:
        return USUAL
    return 10 if _units(code) == 1000 else 1


def _said_step(code: str, is_payout: bool) -> str:
    step = _ours(code) * _step(code, is_payout) // _units(code)
    return f"the nearest {Money(amount=step, currency=code)}"
