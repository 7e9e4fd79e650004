"""Money in: where a payer goes, and what becomes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.money import Money
from domain.payments import PayInState
from providers.protocol import FoundPayIn, ProviderAway, ProviderRefused
from providers.stripe.pay_ins import paid_with
from tests.app_under_test import PATIENCE_SECONDS
from tests.providers.acts import RETURN_URL, Till, euros, pay_in_of


async def test_a_payer_has_a_day_at_the_providers_page(till: Till) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    assert started.url.startswith(till.fake.url)
    left = started.until - datetime.now(UTC)
    assert timedelta(hours=23, minutes=50) < left <= timedelta(hours=24)


async def test_the_same_payment_has_the_same_page(till: Till) -> None:
    first = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    assert first == await till.provider.start_pay_in(pay_in_of(euros(2000)))
    other = await till.provider.start_pay_in(pay_in_of(euros(2000), "pay-in-2"))
    assert first.reference != other.reference


async def test_another_amount_under_the_same_name_is_refused(till: Till) -> None:
    await till.provider.start_pay_in(pay_in_of(euros(2000)))
    with pytest.raises(ProviderRefused, match="same parameters"):
        await till.provider.start_pay_in(pay_in_of(euros(2001)))


async def test_a_reply_that_was_lost_leaves_one_page(till: Till) -> None:
    await till.fake.fails(lost_replies=1)
    with pytest.raises(ProviderAway):
        await till.provider.start_pay_in(pay_in_of(euros(2000)))
    first = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    assert first == await till.provider.start_pay_in(pay_in_of(euros(2000)))


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        ([], FoundPayIn(PayInState.OPEN)),
        (["pays"], FoundPayIn(PayInState.PAID, euros(2000))),
        (["is_declined"], FoundPayIn(PayInState.OPEN)),
        (["is_declined", "pays"], FoundPayIn(PayInState.PAID, euros(2000))),
        (["lets_it_lapse"], FoundPayIn(PayInState.LAPSED)),
        (["promises"], FoundPayIn(PayInState.OPEN)),
        (["promises", "arrives"], FoundPayIn(PayInState.PAID, euros(2000))),
        (
            ["promises", "bounces"],
            FoundPayIn(PayInState.FAILED, reason="The payer's bank declined the debit."),
        ),
    ],
    ids=lambda given: "-".join(given) or "waits" if isinstance(given, list) else "",
)
async def test_what_became_of_a_payment(does: list[str], expected: FoundPayIn, till: Till) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    for way in does:
        await till.fake.does(f"sessions/{started.reference}/{way}")
    found = await till.provider.find_pay_in(started.reference)
    assert expected == replace(found, payment=None)
    assert (found.payment is not None) is (expected.state is PayInState.PAID)


async def test_a_page_that_nobody_made_is_refused(till: Till) -> None:
    with pytest.raises(ProviderRefused, match=r"No such checkout\.session"):
        await till.provider.find_pay_in("cs_test_none")


async def test_the_payer_comes_back_from_the_page(till: Till) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as browser:
        assert "2000 EUR" in (await browser.get(started.url)).text
        assert (await browser.post(started.url)).headers["Location"] == RETURN_URL
    found = await till.provider.find_pay_in(started.reference)
    assert found.state is PayInState.PAID


async def test_who_pays_twice_has_paid_two_payments_of_one_name(till: Till) -> None:
    started = await till.provider.start_pay_in(pay_in_of(euros(2000)))
    again = await till.fake.does(f"sessions/{started.reference}/pays_twice")
    assert (await till.held())["paid_in"] == 4000
    await till.gives_back(again["id"], 2000)
    books = await till.held()
    assert (books["refunded"], books["platform"]) == (2000, 2000)
    found = await till.provider.find_pay_in(started.reference)
    assert (found.state, found.money) == (PayInState.PAID, euros(2000))


async def test_what_was_paid_in_what_our_books_cannot_say_is_paid_all_the_same(
    till: Till,
) -> None:
    started = await till.paid(Money(amount=2000, currency="JPY"))
    session = await till.provider._stripe.checkout.sessions.retrieve_async(started.reference)
    session.currency = "usdc"
    assert paid_with(session) is None
