"""Who is to be paid out is led to the provider, and reads how their account there stands."""

import pytest

from domain.payments import AccountState
from tests.api.pages.browser import visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.test_paying_out import ACCOUNT, NEW, shown
from tests.api.test_pay_ins import held
from tests.api.test_payouts import account_of, earner, is_now
from tests.app_under_test import ApiClient, AppUnderTest, somebody
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts


async def test_who_has_no_account_is_led_to_one_and_back(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = somebody("seller")
    await payout_shop.top_up(seller, 2_000)
    async with visiting(app, seller, payout_shop) as visit:
        first = (await visit.get(NEW)).text
        assert "You have no account to be paid out to yet" in first
        assert 'name="amount"' not in first
        opened = await send(visit, first, ACCOUNT)
        home = str(payout_shop.client.base_url).rstrip("/")
        way = f"https://paper.example.org/account-{seller.id}?then={home}{ACCOUNT}"
        assert f'href="{way}"' in opened.text
        assert "a photograph" in opened.text
        again = await visit.get(ACCOUNT)
        assert "is not finished" in again.text
        assert "a photograph" in again.text
        assert way not in again.text
        fresh = await send(visit, again.text, ACCOUNT)
        assert f'href="{way}"' in fresh.text
        await is_now(payout_shop, payer, seller, AccountState.ACTIVE)
        back = (await visit.get(ACCOUNT)).text
        assert "You can be paid out" in back
        assert f'action="{ACCOUNT}"' not in back
        assert f'href="{NEW}"' in back
        assert 'name="amount"' in (await visit.get(NEW)).text


async def test_an_account_that_is_not_ready_refuses_on_the_page_and_keeps_what_was_written(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    async with visiting(app, seller, payout_shop) as visit:
        form, look = (await visit.get(NEW)).text, (await shown(visit)).text
        await is_now(payout_shop, payer, seller, AccountState.RESTRICTED, "a passport")
        written = {"amount": "12.50", "currency": "EUR"}
        for page, fields, amount in (
            (form, {**written, "step": "preview"}, "12.50"),
            (look, {"step": "confirm"}, "15"),
        ):
            refused = await send(visit, page, NEW, **fields)
            assert 409 == refused.status_code
            assert "does not pay you out yet" in refused.text
            assert "a passport" in refused.text
            assert f'action="{ACCOUNT}"' in refused.text
            assert ("amount", amount) in form_to(refused.text, NEW).fields
        await is_now(payout_shop, payer, seller, AccountState.ACTIVE)
        ready = await send(visit, refused.text, NEW, step="preview")
        assert 303 == (await send(visit, ready.text, NEW, step="confirm")).status_code
    assert [eur(500)] == await held(payout_shop, seller)


async def test_who_is_asked_nothing_more_is_not_told_so(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, asks = await earner(payout_shop, payer), "It asks something more of you."
    async with visiting(app, seller, payout_shop) as visit:
        await is_now(payout_shop, payer, seller, AccountState.RESTRICTED, "a passport")
        assert asks in (await visit.get(ACCOUNT)).text
        await is_now(payout_shop, payer, seller, AccountState.RESTRICTED)
        page = (await visit.get(ACCOUNT)).text
    assert asks not in page
    assert "It does not say what it still needs of you." in page


async def test_while_the_provider_is_away_the_account_is_as_it_said_last(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = somebody("seller")
    await account_of(payout_shop, seller)
    async with visiting(app, seller, payout_shop) as visit:
        payer.away = True
        page = await visit.get(ACCOUNT)
        assert 200 == page.status_code
        assert "does not answer for the moment" in page.text
        assert "a photograph" in page.text
        away = await send(visit, page.text, ACCOUNT)
        assert 503 == away.status_code
        payer.away = False
        assert "https://paper.example.org/" in (await send(visit, away.text, ACCOUNT)).text


async def test_what_the_provider_refuses_is_said_without_its_words(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = somebody("seller")
    await account_of(payout_shop, seller)
    await payout_shop.top_up(seller, 2_000)
    async with visiting(app, seller, payout_shop) as visit:
        payer.refuses = "acct_1: platform_not_allowed"
        page = await visit.get(ACCOUNT)
        tried = await send(visit, page.text, ACCOUNT)
        out = await send(
            visit, (await visit.get(f"{NEW}?amount=5")).text, NEW, currency="EUR", step="preview"
        )
    assert [200, 409, 409] == [one.status_code for one in (page, tried, out)]
    for one in (page, tried, out):
        assert "does not go on with your account" in one.text
        assert "acct_1" not in one.text


async def test_an_address_that_is_none_of_the_web_is_no_link(
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def odd(*_given: str) -> str:
        return "javascript:alert(1)"

    monkeypatch.setattr(payer, "onboarding_url", odd)
    async with visiting(app, somebody("seller"), payout_shop) as visit:
        page = (await visit.get(ACCOUNT)).text
        opened = await send(visit, page, ACCOUNT)
    assert 200 == opened.status_code
    assert "javascript:" not in opened.text
