"""Who has money on its way out when a bank takes back what they earned, and then gets it back."""

from typing import NamedTuple
from uuid import uuid4

import pytest

from db import audit
from domain.payments import AccountState, PayoutState
from tests.api.answers import Json
from tests.api.test_chargebacks import LOST, disputes, paid_order, receivable
from tests.api.test_pay_ins import held, tell
from tests.api.test_payouts import FAILED, account_of, asked, come_to, handed_over, is_now
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Person, eventually, somebody
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts, said_of_payout

EARNED = 1_600
"""What the seller has of an order of 20.00 EUR."""


@pytest.fixture(scope="module")
def app(own_app: AppUnderTest) -> AppUnderTest:
    """One with the books of this file alone: all of them are proved."""
    return own_app


class Debtor(NamedTuple):
    """A seller whose payout of all that they earned is on its way, and who owes by then."""

    who: Person
    payout: Json


async def debtor(shop: ApiClient, payer: PaperPayouts, owed: int, amount: int = EARNED) -> Debtor:
    """Whoever it is owes so many cents, and has so many on their way out."""
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    seller = in_play.seller
    await account_of(shop, seller)
    await is_now(shop, payer, seller, AccountState.ACTIVE)
    payout = (await asked(shop, seller, amount)).json()
    await handed_over(shop, seller, payout)
    await disputes(shop, LOST, pay_in, money=eur(owed + EARNED - amount))
    await eventually(lambda: receivable(shop, seller), lambda one: one == [eur(owed)])
    return Debtor(seller, payout)


async def news(shop: ApiClient, who: Person) -> list[str]:
    """What somebody was told of their wallet, newest first."""
    told = (await shop.get("/v1/notifications", who)).json()["items"]
    return [one["event"] for one in told if one["event"].startswith("wallet.")]


async def is_proved(app: AppUnderTest) -> None:
    """Nothing is found in what people owe and what came back to them."""
    async with app.pool.acquire() as connection:
        for check in ("differing-receivable", "unrecovered-return", "differing-payout"):
            assert await audit.findings_of(connection, check, None) == []


@pytest.mark.parametrize(("owed", "left"), [(2_000, 0), (EARNED, 0), (700, 900)])
async def test_what_is_taken_back_pays_what_is_owed_and_is_told(
    owed: int, left: int, app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await debtor(payout_shop, payer, owed)
    assert payout["recovered"] == eur(0)
    path = f"/v1/payouts/{payout['id']}/cancel"
    taken = await payout_shop.post(path, seller, key=str(uuid4()))
    assert (taken.status_code, taken.json()["state"]) == (200, "cancelled")
    assert taken.json()["recovered"] == eur(EARNED - left)
    assert await held(payout_shop, seller) == [eur(left)]
    rest = owed - EARNED + left
    assert await receivable(payout_shop, seller) == ([eur(rest)] if rest else [])
    entries = (await payout_shop.get("/v1/wallet/entries", seller)).json()["items"]
    assert [one["kind"] for one in entries[:2]] == ["recovery", "payout_return"]
    assert entries[0]["reference"] == payout["id"]
    assert (await news(payout_shop, seller))[0] == "wallet.recovered"
    more = await asked(payout_shop, seller, left + 1)
    assert (more.status_code, more.json()["code"]) == (402, "insufficient-funds")
    await is_proved(app)


async def test_what_the_bank_returns_pays_it_too(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await debtor(payout_shop, payer, 2_000)
    payer.goes_on(payout, PayoutState.FAILED, "The account is closed.")
    for _ in range(2):
        await tell(payout_shop, said_of_payout(FAILED, payout))
    back = await come_to(payout_shop, seller, payout, "failed")
    assert back["recovered"] == eur(EARNED)
    assert await receivable(payout_shop, seller) == [eur(400)]
    assert (await news(payout_shop, seller))[:2] == ["wallet.recovered", "wallet.reversed"]
    await is_proved(app)


async def test_what_an_operator_has_written_down_and_takes_back_pays_it_too(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, _ = await debtor(payout_shop, payer, 900, amount=900)
    await payout_shop.top_up(seller, 500)
    path, key = f"/v1/wallets/{seller.id}/payouts", str(uuid4())
    made = (await payout_shop.post(path, OPERATOR, eur(500), key=key)).json()
    why = {"reason": "It was never paid."}
    back = await payout_shop.post(f"/v1/transfers/{made['id']}/reverse", OPERATOR, why)
    assert back.status_code == 201
    assert await held(payout_shop, seller) == [eur(0)]
    assert await receivable(payout_shop, seller) == [eur(400)]
    assert (await news(payout_shop, seller))[:2] == ["wallet.recovered", "wallet.reversed"]
    await is_proved(app)


async def test_who_is_refused_approval_pays_it_too(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, _ = await debtor(payout_shop, payer, 2_000)
    await payout_shop.top_up(seller, 9_000)
    payout = (await asked(payout_shop, seller, 9_000)).json()
    assert payout["state"] == "requested"
    path, fiona = f"/v1/payouts/{payout['id']}/refuse", somebody("fiona", "finance")
    refused = await payout_shop.post(path, fiona, {"reason": "An invoice, please."})
    assert refused.json()["recovered"] == eur(2_000)
    assert await held(payout_shop, seller) == [eur(7_000)]
    assert await receivable(payout_shop, seller) == []
    await is_proved(app)
