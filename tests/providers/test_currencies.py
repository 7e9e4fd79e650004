"""Amounts as Stripe counts them, and none that it would round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currencies import CURRENT, MINOR_UNITS
from domain.money import MAX_AMOUNT, Money
from providers.protocol import NewPayout, ProviderRefused
from providers.stripe.amounts import from_stripe, to_stripe
from tests.providers.acts import Till, pay_in_of

TAKEN = [
    (2000, "EUR", 2000),
    (500, "JPY", 500),
    (1, "KRW", 1),
    (5120, "KWD", 5120),
    (10, "BHD", 10),
    (5, "ISK", 500),
    (5, "UGX", 500),
    (100, "MGA", 1),
    (1045, "HUF", 1045),
    (1, "TWD", 1),
    (1000, "CLP", 1000),
]
ROUNDED = [
    (5124, "KWD", False, "0.010 KWD"),
    (1, "TND", False, "0.010 TND"),
    (150, "MGA", False, "1.00 MGA"),
    (1045, "HUF", True, "1.00 HUF"),
    (99, "TWD", True, "1.00 TWD"),
]


@pytest.mark.parametrize(("amount", "currency", "told"), TAKEN)
def test_an_amount_is_told_in_stripes_units(amount: int, currency: str, told: int) -> None:
    money = Money(amount=amount, currency=currency)
    assert told == to_stripe(money)
    assert money == from_stripe(told, currency.lower())


@pytest.mark.parametrize(("amount", "currency", "is_payout", "nearest"), ROUNDED)
def test_what_stripe_would_round_is_refused(
    amount: int, currency: str, is_payout: bool, nearest: str
) -> None:
    with pytest.raises(ProviderRefused, match=f"would round it to the nearest {nearest}"):
        to_stripe(Money(amount=amount, currency=currency), is_payout=is_payout)


@pytest.mark.parametrize("currency", ["IQD", "LYD", "CLF", "UYW"])
def test_what_stripe_has_not_is_refused(currency: str) -> None:
    with pytest.raises(ProviderRefused, match=f"Stripe has no {currency}"):
        to_stripe(Money(amount=1000, currency=currency))


@pytest.mark.parametrize(("amount", "currency"), [(550, "ISK"), (1, "UGX")])
def test_what_our_books_cannot_say_is_not_rounded_either(amount: int, currency: str) -> None:
    with pytest.raises(ProviderRefused, match="no whole minor unit"):
        from_stripe(amount, currency)


def test_what_is_no_currency_is_none_of_our_books() -> None:
    with pytest.raises(ProviderRefused, match="tells of USDC, which is no currency"):
        from_stripe(5, "usdc")


@given(
    st.integers(-MAX_AMOUNT, MAX_AMOUNT),
    st.sampled_from(sorted({*CURRENT, *MINOR_UNITS})),
    st.booleans(),
)
def test_no_amount_is_another_one_after_the_way_there_and_back(
    amount: int, currency: str, is_payout: bool
) -> None:
    money = Money(amount=amount, currency=currency)
    try:
        told = to_stripe(money, is_payout=is_payout)
    except ProviderRefused:
        return
    assert money == from_stripe(told, currency.lower())


async def test_what_would_be_rounded_is_refused_before_anybody_is_asked(till: Till) -> None:
    await till.fake.fails(outage=True)
    dinars = Money(amount=5124, currency="KWD")
    with pytest.raises(ProviderRefused, match="round"):
        await till.provider.start_pay_in(pay_in_of(dinars))
    with pytest.raises(ProviderRefused, match="round"):
        await till.provider.pay_out(NewPayout("payout-1", "acct_1", dinars))


@pytest.mark.parametrize(("amount", "currency", "told"), TAKEN)
async def test_the_strict_fake_takes_what_is_told(
    amount: int, currency: str, told: int, till: Till
) -> None:
    money = Money(amount=amount, currency=currency)
    paid = await till.paid(money)
    assert (await till.held(currency))["paid_in"] == told
    assert (await till.provider.find_pay_in(paid.reference)).money == money
    assert await till.provider.held() == (money,)
