"""Who owes something reads what would be kept of a payout before it comes back, and what was."""

import re
from uuid import uuid4

import pytest

from domain.payments import PayoutState
from tests.api.pages.browser import visiting
from tests.api.pages.form_filling import send
from tests.api.pages.test_console import operator
from tests.api.pages.test_order_page import MISSING, words
from tests.api.pages.test_paying_out import LIST, NEW, shown
from tests.api.test_pay_ins import held, tell
from tests.api.test_payouts import FAILED, come_to
from tests.api.test_returns import debtor
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts, said_of_payout


@pytest.mark.parametrize(
    ("owed", "before", "after", "again"),
    [
        (700, "€7.00 pays that at once, and €9.00 stays", "€7.00 has paid what you owed", "9.00"),
        (1_600, "€16.00 pays that at once, and €0.00 stays", "€16.00 has paid what", ""),
    ],
)
async def test_what_is_taken_back_pays_what_is_owed_and_the_page_says_so_before_and_after(
    owed: int,
    before: str,
    after: str,
    again: str,
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
) -> None:
    seller, payout = await debtor(payout_shop, payer, owed)
    where = f"{LIST}/{payout['id']}"
    async with visiting(app, seller, payout_shop) as visit:
        page = (await visit.get(where)).text
        assert before in words(page)
        assert page.index("pays that at once") < page.index(f'action="{where}/cancel"')
        assert 303 == (await send(visit, page, f"{where}/cancel")).status_code
        taken = (await visit.get(where)).text
        wallet = (await visit.get("/wallet")).text
    assert after in words(taken)
    assert "pays that at once" not in taken
    asks = re.findall(rf'href="{NEW}\?amount=([\d.]+)&amp;currency=EUR"', taken)
    assert asks == [again] * bool(again)
    assert "Kept for a payment that a bank took back" in wallet
    async with visiting(app, operator(), payout_shop) as visit:
        facts = words((await visit.get(f"/console/payouts/{payout['id']}")).text)
    assert "Kept for what is owed €" in facts


async def test_who_owes_something_reads_it_before_they_ask(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, _ = await debtor(payout_shop, payer, 700)
    await payout_shop.top_up(seller, 2_000)
    async with visiting(app, seller, payout_shop) as visit:
        look = await shown(visit)
    assert "What comes back first pays the €7.00 that you owe" in words(look.text)


async def test_who_owes_nothing_reads_nothing_of_it(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await debtor(payout_shop, payer, 1_600)
    payer.goes_on(payout, PayoutState.FAILED, "The account is closed.")
    await tell(payout_shop, said_of_payout(FAILED, payout))
    await come_to(payout_shop, seller, payout, "failed")
    await payout_shop.top_up(seller, 2_000)
    async with visiting(app, seller, payout_shop) as visit:
        look = await shown(visit)
        assert "What comes back" not in look.text
        asked = await send(visit, look.text, NEW, step="confirm")
        page = (await visit.get(str(asked.headers["Location"]))).text
    assert "took back" not in page


async def test_it_is_said_in_french(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await debtor(payout_shop, payer, 700)
    async with visiting(app, seller, payout_shop) as visit:
        visit.client.cookies.set("sequestre_language", "fr")
        page = (await visit.get(f"{LIST}/{payout['id']}")).text
    assert "le compense aussitôt" in page
    assert [] == MISSING.findall(words(page))


async def test_operators_see_what_is_kept_before_they_take_a_payout_back(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, _ = await debtor(payout_shop, payer, 700)
    await payout_shop.top_up(seller, 1_000)
    path = f"/v1/wallets/{seller.id}/payouts"
    made = (await payout_shop.post(path, OPERATOR, eur(900), key=str(uuid4()))).json()
    where = f"/console/transfers/{made['id']}"
    async with visiting(app, operator(), payout_shop) as visit:
        page, reason = (await visit.get(where)).text, "It was never paid."
        look = await send(visit, page, f"{where}/reverse", reason=reason, step="preview")
        said = words(look.text)
        assert "The wallet holds €1.00 Kept for what is owed €7.00 It will hold €3.00" in said
        back = await send(visit, look.text, f"{where}/reverse", reason=reason, step="confirm")
        assert 303 == back.status_code
    assert [eur(300)] == await held(payout_shop, seller)
