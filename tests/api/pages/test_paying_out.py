"""Who has money paid out knows before what happens to it."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from domain.payments import AccountState
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.test_console import heading
from tests.api.pages.test_money_once import lead_to_one_place, pressed
from tests.api.pages.test_order_page import words
from tests.api.test_pay_ins import held
from tests.api.test_payouts import (
    account_of,
    asked,
    disputed_payer,
    earner,
    handed_over,
    is_now,
)
from tests.app_under_test import ApiClient, AppUnderTest, Json, somebody
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts

LIST, NEW, ACCOUNT = "/wallet/payouts", "/wallet/payouts/new", "/wallet/payout-account"
SCRIPT = "<script>alert(1)</script>"


async def shown(visit: Visit, **written: str) -> httpx.Response:
    """The answer to who fills the form in, with 15.00 EUR unless they write something else, and
    looks at what it would do."""
    page = (await visit.get(NEW)).text
    fields = {"amount": "15", "currency": "EUR", "step": "preview", **written}
    return await send(visit, page, NEW, **fields)


async def asked_for(visit: Visit, **written: str) -> str:
    """A payout that is asked for with the form; gives the address of its page."""
    look = await shown(visit, **written)
    assert 200 == look.status_code, look.text
    answer = await send(visit, look.text, NEW, step="confirm")
    assert 303 == answer.status_code, answer.text
    return str(answer.headers["Location"])


def as_payout(address: str) -> Json:
    """What the provider is told of a payout, by the address of its page."""
    return {"id": address.rpartition("/")[2], "amount": eur(1_500)}


async def test_without_a_provider_the_wallet_says_nothing_of_it(app: AppUnderTest) -> None:
    seller = somebody("seller")
    await app.api.top_up(seller, 2_000)
    async with visiting(app, seller) as visit:
        wallet = (await visit.get("/wallet")).text
        assert "€20.00" in wallet
        assert [] == [one for one in (NEW, ACCOUNT, LIST, "Can be paid out") if one in wallet]
        for path in (NEW, ACCOUNT):
            page = await visit.get(path)
            assert (409, "Nobody takes payments here") == (page.status_code, heading(page.text))
        assert "What you have paid out will stand here" in (await visit.get(LIST)).text


async def test_the_wallet_says_what_can_be_paid_out_and_where_to(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    async with visiting(app, seller, payout_shop) as visit:
        wallet = (await visit.get("/wallet")).text
        assert re.search(r"Can be paid out</dt><dd>€20\.00<", wallet)
        assert "Still clearing" not in wallet
        assert f'href="{NEW}"' in wallet
        assert f'href="{ACCOUNT}">You can be paid out' in wallet
        await is_now(payout_shop, payer, seller, AccountState.RESTRICTED, f"a passport {SCRIPT}")
        wallet = (await visit.get("/wallet")).text
    assert "pays you nothing for now" in wallet
    assert "a passport &lt;script&gt;" in wallet
    assert SCRIPT not in wallet


async def test_what_was_earned_lately_is_clearing_until_an_instant(
    app: AppUnderTest, payer: PaperPayouts
) -> None:
    async with app.with_settings(clearing_window=timedelta(days=14)) as shop:
        play = await (await app.place_order(api=shop)).reach("completed")
        await account_of(shop, play.seller)
        await is_now(shop, payer, play.seller, AccountState.ACTIVE)
        async with visiting(app, play.seller, shop) as visit:
            wallet = (await visit.get("/wallet")).text
            form = (await visit.get(NEW)).text
            written = (await visit.get(f"{NEW}?amount=0.01")).text
            more = await send(visit, written, NEW, currency="EUR", step="preview")
    assert re.search(r"Can be paid out</dt><dd>€0\.00<", wallet)
    assert re.search(r"Still clearing</dt><dd>€16\.00<small>Earned: .* from \d+ \w+ 20\d\d", wallet)
    assert "Earned, and not to be paid out yet: €16.00" in words(form)
    assert "Nothing in your wallet can be paid out now" in form
    assert 402 == more.status_code


async def test_what_happens_to_the_money_is_said_before_it_is_asked_for(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    async with visiting(app, seller, payout_shop) as visit:
        small = await shown(visit, amount="50")
        large = await shown(visit, amount="50.01")
    for page, rest, approval in (
        (small.text, "€150.00 stays", "Nobody else has to approve it"),
        (large.text, "€149.99 stays", "Since it is more than €50.00, somebody else at the"),
    ):
        said = words(page)
        assert rest in said
        assert approval in said
        assert page.index("leaves your wallet at once") < page.index('value="confirm"')
    assert [eur(20_000)] == await held(payout_shop, seller)
    assert [] == (await payout_shop.get("/v1/payouts", seller)).json()["items"]


TOGETHER = r"Together with the €40\.00 that you have had paid out since .{10,30} without anybody’s"


async def test_a_payout_in_parts_is_announced_as_one_before_it_is_asked_for(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 20_000)
    async with visiting(app, seller, payout_shop) as visit:
        await asked_for(visit, amount="40")
        exactly = words((await shown(visit, amount="10")).text)
        assert "Nobody else has to approve it" in exactly
        more = await shown(visit, amount="10.01")
        assert re.search(TOGETHER, words(more.text))
        assert "it is more than €50.00: somebody else at the marketplace" in words(more.text)
        assert "Nobody else" not in more.text
        where = await asked_for(visit, amount="10.01")
        page = (await visit.get(where)).text
        alone = (await visit.get(await asked_for(visit, amount="60"))).text
    assert "Your payout of €10.01 waits for approval" == heading(page)
    assert re.search(TOGETHER, words(page))
    assert "looks at large payouts" in alone
    assert "Together with" not in alone


async def test_a_payout_is_asked_for_once_however_often_its_form_is_sent(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer, 1_500)
    async with visiting(app, seller, payout_shop) as visit:
        look = await shown(visit)
        fields = [*form_to(look.text, NEW).fields, ("step", "confirm")]
        answers = await pressed(visit, NEW, fields)
        lead_to_one_place(answers)
        where = answers[0].headers["Location"]
        assert [eur(0)] == await held(payout_shop, seller)
        await handed_over(payout_shop, seller, as_payout(where))
        page = (await visit.get(where)).text
        assert "Your payout of €15.00 is on its way" == heading(page)
        wallet = (await visit.get("/wallet")).text
        assert f'href="{where}"' in wallet.partition("Payouts under way")[2]
        assert f'href="{LIST}"' in wallet
    assert 1 == len([one for one in payer.out if as_payout(where)["id"] in one])


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "a lot<b>"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": "9" * 30}, "amount"),
        ({"currency": "XYZ"}, "currency"),
        ({"currency": "USD"}, "currency"),
        ({"currency": ""}, "currency"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "confirm"])
async def test_what_cannot_be_paid_out_comes_back_as_it_was_written(
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
    fields: dict[str, str],
    place: str,
    step: str,
) -> None:
    seller = await earner(payout_shop, payer)
    async with visiting(app, seller, payout_shop) as visit:
        answer = await shown(visit, **{"step": step, "key": str(uuid4()), **fields})
    assert 422 == answer.status_code
    assert f'id="field-payout-{place}-error"' in answer.text
    assert ("amount", fields.get("amount", "15")) in form_to(answer.text, NEW).fields
    assert "<b>" not in answer.text.partition('name="amount"')[2][:80]
    assert [eur(2_000)] == await held(payout_shop, seller)


async def test_who_asks_for_more_reads_what_a_bank_disputes(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    kept = "Kept back, since a bank disputes a payment: €20.00"
    async with visiting(app, await earner(payout_shop, payer), payout_shop) as visit:
        assert kept not in words((await visit.get(NEW)).text)
    who = await disputed_payer(payout_shop, payer)
    async with visiting(app, who, payout_shop) as visit:
        assert kept in words((await visit.get(NEW)).text)
        much = await shown(visit, amount="5.01")
        assert 402 == much.status_code
        assert kept in words(much.text)


async def test_more_than_can_be_paid_out_is_refused_with_what_can(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    async with visiting(app, seller, payout_shop) as visit:
        much = await shown(visit, amount="20.01")
        assert 402 == much.status_code
        assert "€20.00 can be paid out now. Nothing has left it." in words(much.text)
        assert ("amount", "20.01") in form_to(much.text, NEW).fields
        look = await shown(visit)
        assert 201 == (await asked(payout_shop, seller)).status_code  # in another tab
        late = await send(visit, look.text, NEW, step="confirm")
        assert 402 == late.status_code
        assert "€5.00 can be paid out now" in words(late.text)
        assert ("amount", "15") in form_to(late.text, NEW).fields
        less = await send(visit, late.text, NEW, amount="5", step="preview")
        assert 303 == (await send(visit, less.text, NEW, step="confirm")).status_code
    assert [eur(0)] == await held(payout_shop, seller)
