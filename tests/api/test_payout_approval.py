"""A large payout waits for a second person."""

from tests.api.test_pay_ins import held
from tests.api.test_payouts import asked, earner, found, handed_over, times, wrong
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Person,
    somebody,
)
from tests.contract import eur
from tests.providers.paper_payouts import APPROVED_ABOVE, PaperPayouts


async def test_a_large_one_waits_for_a_second_person(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    small = await asked(payout_shop, seller, APPROVED_ABOVE)
    assert small.json()["state"] == "pending"
    payout = (await asked(payout_shop, seller, APPROVED_ABOVE + 1)).json()
    assert payout["state"] == "requested"
    assert await held(payout_shop, seller) == [eur(20_000 - 2 * APPROVED_ABOVE - 1)]
    path = f"/v1/payouts/{payout['id']}/approve"
    themself = Person(seller.id, ("user", "finance"))
    for who in (seller, themself):
        refused = await payout_shop.post(path, who)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert times(payer, payout) == 0
    approved = await payout_shop.post(path, fiona)
    assert (approved.status_code, approved.json()["approved_by"]) == (200, fiona.id)
    await handed_over(payout_shop, seller, payout)
    assert (await found(payout_shop, seller, payout))["approved_by"] is None
    again = await payout_shop.post(path, fiona)
    assert (again.status_code, again.json()["code"]) == (409, "payout-not-allowed")
    journal = f"/v1/operator-journal?subject_id={payout['id']}"
    noted = (await payout_shop.get(journal, OPERATOR)).json()["items"]
    assert [(one["by"], one["deed"], one["user_id"]) for one in noted] == [
        (fiona.id, "approve_payout", seller.id)
    ]
    assert await wrong(app, seller, payout) == []


async def test_a_second_person_refuses_with_a_reason_that_its_owner_reads(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    payout = (await asked(payout_shop, seller, 9_000)).json()
    path, why = f"/v1/payouts/{payout['id']}/refuse", {"reason": "Send us an invoice first."}
    assert (await payout_shop.post(path, somebody("other"), why)).status_code == 403
    refused = await payout_shop.post(path, fiona, why)
    assert (refused.status_code, refused.json()["state"]) == (200, "cancelled")
    assert (await payout_shop.post(path, fiona, why)).status_code == 409
    assert (await found(payout_shop, seller, payout))["reason"] == why["reason"]
    inbox = (await payout_shop.get("/v1/notifications", seller)).json()["items"]
    assert why["reason"] in " ".join(inbox[0]["text"])
    assert await held(payout_shop, seller) == [eur(20_000)]
    journal = f"/v1/operator-journal?subject_id={payout['id']}"
    noted = (await payout_shop.get(journal, OPERATOR)).json()["items"]
    assert [(one["deed"], one["reason"]) for one in noted] == [("refuse_payout", why["reason"])]
    assert times(payer, payout) == 0
    assert await wrong(app, seller, payout) == []


async def test_who_asked_takes_back_what_waits_for_approval(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, fiona = await earner(payout_shop, payer, 20_000), somebody("fiona", "finance")
    payout = (await asked(payout_shop, seller, 9_000)).json()
    cancelled = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    late = await payout_shop.post(f"/v1/payouts/{payout['id']}/approve", fiona)
    assert (late.status_code, late.json()["payout_state"]) == (409, "cancelled")
    assert await held(payout_shop, seller) == [eur(20_000)]
    assert (await payout_shop.get("/v1/notifications", seller)).json()["items"] == []
    assert times(payer, payout) == 0
