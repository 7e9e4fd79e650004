"""Money is taken out in a browser: what happens is shown first, and the form works without a
script."""

import pytest
from playwright.async_api import expect

from domain.payments import AccountState, PayoutState
from tests.api.test_pay_ins import outcome_of, tell
from tests.api.test_payouts import FAILED, PAID, asked, come_to, earner, handed_over, is_now, paid
from tests.app_under_test import OPERATOR, ApiClient, Json, Person, somebody
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts, said_of_payout
from tests.web.conftest import Opened, window_at
from tests.web.window import PHONE, Language, Look


@pytest.mark.parametrize("script", [True, False])
async def test_what_is_asked_for_is_seen_first_and_taken_back_with_a_press(
    payout_shop: ApiClient, payer: PaperPayouts, windows: Opened, script: bool
) -> None:
    who = await earner(payout_shop, payer)
    window = await window_at(windows, payout_shop, who, Look(script=script))
    page = window.page
    await window.open("/wallet")
    await page.get_by_role("link", name="Have money paid out").click()
    await page.get_by_role("textbox", name="Amount").fill("12.50")
    await page.get_by_role("button", name="See what happens").click()
    await expect(page.get_by_text("€12.50 leaves your wallet at once")).to_be_visible()
    await page.get_by_role("button", name="Have €12.50 paid out").click()
    (payout,) = (await payout_shop.get("/v1/payouts", who)).json()["items"]
    await handed_over(payout_shop, who, payout)
    await window.open(f"/wallet/payouts/{payout['id']}")
    await page.get_by_role("button", name="Take back €12.50").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Your payout of €12.50 was taken back"
    )


async def in_every_stage(shop: ApiClient, payer: PaperPayouts, who: Person) -> list[Json]:
    """A payout that waits, one that is on its way, and such as have ended in each way."""
    waits = (await asked(shop, who, 9_000)).json()
    under_way = (await asked(shop, who, 100)).json()
    back, stays = await paid(shop, payer, who), await paid(shop, payer, who, 300)
    payer.goes_on(back, PayoutState.FAILED, "The account was closed.")
    await tell(shop, said_of_payout(FAILED, back))
    await come_to(shop, who, back, "returned")
    refused = (await asked(shop, who, 6_000)).json()
    path, why = f"/v1/payouts/{refused['id']}/refuse", {"reason": "Send us an invoice first."}
    assert 200 == (await shop.post(path, somebody("fiona", "finance"), why)).status_code
    return [waits, under_way, back, stays, refused]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_nothing_is_wrong_with_the_pages_of_payouts(
    payout_shop: ApiClient, payer: PaperPayouts, windows: Opened, language: Language
) -> None:
    who = await earner(payout_shop, payer, 20_000)
    payouts = await in_every_stage(payout_shop, payer, who)
    differs = said_of_payout(PAID, payouts[2], money=eur(1))
    await tell(payout_shop, differs)
    await outcome_of(payout_shop, differs)
    other = await earner(payout_shop, payer)
    await is_now(payout_shop, payer, other, AccountState.RESTRICTED, "individual.verification")
    own = [f"/wallet/payouts/{one['id']}" for one in payouts]
    console = [f"/console/payouts/{one['id']}" for one in (payouts[0], payouts[2])]
    lists = ["/console/payouts", "/console/payouts?state=requested", "/console"]
    looks = {
        who: [*own, "/wallet", "/wallet/payouts", "/wallet/payouts/new", "/wallet/payout-account"],
        other: ["/wallet", "/wallet/payouts/new?amount=5", "/wallet/payout-account"],
        OPERATOR: [*console, *lists],
    }
    found = []
    for person, places in looks.items():
        window = await window_at(windows, payout_shop, person, Look(language, PHONE))
        for place in places:
            found += await window.faults_at(place)
    assert [] == found
