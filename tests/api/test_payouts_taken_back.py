"""A payout is taken back by who asked for it, for as long as the provider lets them."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from db import payouts
from domain.payments import PayoutState
from tests.api.test_pay_ins import held
from tests.api.test_payouts import asked, earner, found, handed_over, on_its_way, paid, times, wrong
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts


async def test_who_asked_takes_it_back_while_the_provider_lets_them(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await on_its_way(payout_shop, payer)
    payer.cancels = False
    refused = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (refused.status_code, refused.json()["code"]) == (409, "payout-not-allowed")
    assert refused.json()["payout_state"] == "pending"
    payer.cancels = True
    for _ in range(2):
        cancelled = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert await held(payout_shop, seller) == [eur(2_000)]
    assert await wrong(app, seller, payout) == []


async def test_who_was_told_that_it_cannot_be_taken_back_is_told_so_again(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await on_its_way(payout_shop, payer)
    path, key = f"/v1/payouts/{payout['id']}/cancel", str(uuid4())
    payer.cancels = False
    first = await payout_shop.post(path, seller, key=key)
    payer.cancels = True
    again = await payout_shop.post(path, seller, key=key)
    assert (first.status_code, again.status_code, again.text) == (409, 409, first.text)
    assert (await found(payout_shop, seller, payout))["state"] == "pending"


async def test_what_is_paid_is_not_taken_back(payout_shop: ApiClient, payer: PaperPayouts) -> None:
    seller, payout = await on_its_way(payout_shop, payer)
    payer.goes_on(payout, PayoutState.PAID)
    refused = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (refused.status_code, refused.json()["payout_state"]) == (409, "paid")
    assert await held(payout_shop, seller) == [eur(500)]


async def test_while_it_is_handed_over_nobody_takes_it_back(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.held_up = asyncio.Event()
    payout = (await asked(payout_shop, seller)).json()
    await payer.is_asked.wait()
    refused = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (refused.status_code, refused.json()["code"]) == (409, "payout-not-allowed")
    assert "at this moment" in refused.json()["detail"]
    assert "any more" not in refused.json()["detail"]
    payer.held_up.set()
    await handed_over(payout_shop, seller, payout)
    cancelled = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (cancelled.status_code, times(payer, payout)) == (200, 1)


async def test_what_is_handed_over_while_it_is_being_taken_back_is_taken_back_by_the_provider(
    payout_shop: ApiClient, payer: PaperPayouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, cancel = await earner(payout_shop, payer), payouts.cancel
    payer.held_up = asyncio.Event()
    payout = (await asked(payout_shop, seller)).json()
    await payer.is_asked.wait()

    async def meanwhile_it_has_answered(*given: Any) -> bool:
        assert payer.held_up is not None
        payer.held_up.set()
        await handed_over(payout_shop, seller, payout)
        return await cancel(*given)

    monkeypatch.setattr(payouts, "cancel", meanwhile_it_has_answered)
    answer = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert await held(payout_shop, seller) == [eur(2_000)]


async def test_a_posting_of_a_payout_is_taken_back_by_nobody(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    await paid(payout_shop, payer, seller)
    listed = (await payout_shop.get(f"/v1/transfers?user_id={seller.id}", OPERATOR)).json()["items"]
    for one in listed[:2]:
        answer = await payout_shop.post(
            f"/v1/transfers/{one['id']}/reverse", OPERATOR, {"reason": "So."}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "not-reversible")
        assert "payout" in answer.json()["detail"]
