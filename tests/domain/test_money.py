"""Money: cents and a currency, strictly; and how a sum is shared out to the cent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain import currencies
from domain.actions import NewPrice, PositiveMoney
from domain.money import Amount, Money, in_words, shares

AMOUNT: TypeAdapter[int] = TypeAdapter(Amount)
LARGEST = 10_000_000_000


@pytest.mark.parametrize("wrong", ["5", True, 1.5, 1.0, None, [5], 0, -1, LARGEST + 1])
def test_an_amount_is_a_whole_number_of_cents_above_zero(wrong: object) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(wrong)


@pytest.mark.parametrize("wrong", ['"5"', "true", "1.5", "1.0", "5e0", "null", "0", "10000000001"])
def test_in_json_an_amount_is_as_strict(wrong: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(wrong)


@pytest.mark.parametrize("cents", [1, 2000, LARGEST])
def test_from_one_cent_to_a_hundred_million_everything_has_a_price(cents: int) -> None:
    assert cents == AMOUNT.validate_python(cents)


@pytest.mark.parametrize("wrong", ["5", True, 1.5, None])
def test_money_has_a_whole_number_of_cents(wrong: object) -> None:
    with pytest.raises(ValidationError, match="amount"):
        Money.model_validate({"amount": wrong, "currency": "EUR"})


NO_CODES = ["eur", "EU", "EURO", "€", "", " EUR", "EUR\x00", "EUR\n", "ÉUR", "ＥＵＲ", 978, None]


@pytest.mark.parametrize("wrong", NO_CODES)
@pytest.mark.parametrize("model", [Money, PositiveMoney, NewPrice])
def test_a_currency_is_a_code_in_capitals(model: type[Money], wrong: object) -> None:
    with pytest.raises(ValidationError, match="currency"):
        model.model_validate({"amount": 5, "currency": wrong})


@pytest.mark.parametrize("wrong", ["XXX", "XAU", "ZZZ", "QQQ"])
def test_a_new_price_is_in_a_currency_of_iso_4217(wrong: str) -> None:
    with pytest.raises(ValidationError, match="must be an ISO 4217 currency code in capitals"):
        NewPrice.model_validate({"amount": 5, "currency": wrong})


@pytest.mark.parametrize("code", ["BGN", "HRK", "BYR", "QQQ"])
def test_what_exists_is_read_in_whatever_currency(code: str) -> None:
    assert code == Money.model_validate({"amount": 5, "currency": code}).currency
    assert code == PositiveMoney.model_validate({"amount": 5, "currency": code}).currency


def test_the_decimals_of_every_currency_of_today_are_kept() -> None:
    """Who takes a newer table of ISO 4217 adds its new currencies here: they will be withdrawn too.
    An exponent that differs is to be thought about, not followed: it would change amounts."""
    kept = {code: currencies.MINOR_UNITS.get(code) for code in currencies.CURRENT}
    assert currencies.CURRENT == kept


@pytest.mark.parametrize("code", sorted(currencies.MINOR_UNITS))
def test_the_decimals_of_a_currency_stay_when_it_goes(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_it = in_words(123456, code)
    monkeypatch.setattr(currencies, "CURRENT", {})
    assert with_it == in_words(123456, code)
    assert (False, True) == (currencies.is_current(code), currencies.is_known(code))


def test_a_currency_that_is_in_no_table_has_two_decimals() -> None:
    assert "1234.56 QQQ" == in_words(123456, "QQQ")
    assert (False, False) == (currencies.is_current("QQQ"), currencies.is_known("QQQ"))


def test_who_writes_no_currency_is_told_how_one_is_written() -> None:
    with pytest.raises(ValidationError) as refusal:
        Money.model_validate({"amount": 5, "currency": "eur"})
    why = "Value error, must be an ISO 4217 currency code in capitals, such as EUR"
    assert why == refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize("code", ["EUR", "USD", "GBP", "CHF", "JPY", "KWD"])
def test_every_currency_that_people_pay_in_is_known(code: str) -> None:
    assert code == Money.model_validate({"amount": 5, "currency": code}).currency


@pytest.mark.parametrize("model", [Money, PositiveMoney])
def test_money_has_no_other_fields(model: type[Money]) -> None:
    with pytest.raises(ValidationError, match="cents"):
        model.model_validate({"amount": 5, "currency": "EUR", "cents": 5})


@pytest.mark.parametrize("cents", [0, -1, LARGEST + 1])
def test_a_refund_is_more_than_nothing_and_bounded(cents: int) -> None:
    with pytest.raises(ValidationError, match="amount"):
        PositiveMoney(amount=cents, currency="EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (2000, "EUR", "20.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (-2005, "EUR", "-20.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (2000, "JPY", "2000 JPY"),
        (2005, "KWD", "2.005 KWD"),
    ],
)
def test_money_in_words_has_its_currency_s_decimals(
    amount: int, currency: str, expected: str
) -> None:
    assert expected == in_words(amount, currency)
    assert expected == str(Money(amount=amount, currency=currency))


@pytest.mark.parametrize(
    ("total", "refunded", "bps", "expected"),
    [
        (2000, 0, 2000, (0, 1600, 400)),
        (2000, 2000, 2000, (2000, 0, 0)),
        (2000, 500, 2000, (500, 1200, 300)),
        (2499, 0, 2000, (0, 2000, 499)),
        (9, 0, 1111, (0, 9, 0)),
        (10, 0, 1000, (0, 9, 1)),
        (1, 0, 9999, (0, 1, 0)),
        (1, 0, 10_000, (0, 0, 1)),
        (1, 1, 10_000, (1, 0, 0)),
        (2000, 0, 0, (0, 2000, 0)),
        (2000, 1, 10_000, (1, 0, 1999)),
        (LARGEST, 1, 1, (1, 9_999_000_000, 999_999)),
    ],
)
def test_the_commission_is_on_the_seller_s_share_and_rounded_down(
    total: int, refunded: int, bps: int, expected: tuple[int, int, int]
) -> None:
    share = shares(total, refunded, bps)
    assert expected == (share.refunded, share.paid_to_seller, share.commission)


@pytest.mark.parametrize("refunded", [-1, 2001])
def test_more_than_all_or_less_than_nothing_cannot_be_refunded(refunded: int) -> None:
    with pytest.raises(ValueError, match=f"cannot refund {refunded} of 2000"):
        shares(2000, refunded, 2000)


@settings(deadline=None)
@given(st.integers(1, LARGEST), st.data(), st.integers(0, 10_000))
def test_no_cent_is_lost_and_no_share_is_below_zero(
    total: int, data: st.DataObject, bps: int
) -> None:
    share = shares(total, data.draw(st.integers(0, total)), bps)
    assert total == share.refunded + share.paid_to_seller + share.commission
    assert min(share.refunded, share.paid_to_seller, share.commission) >= 0


@settings(deadline=None)
@given(st.integers(1, LARGEST), st.integers(0, 10_000))
def test_rounding_costs_the_platform_less_than_a_cent(total: int, bps: int) -> None:
    exact = total * bps
    assert 0 <= exact - shares(total, 0, bps).commission * 10_000 < 10_000
