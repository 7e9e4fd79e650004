"""Who operates reads since when a provider does not say what becomes of a payment, and why; what it
has and does not give back is told as that."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.pay_ins import PayInActivities, PayInRef
from activities.payouts import PayoutActivities, PayoutRef
from domain.payments import PayoutState
from providers.protocol import ProviderAway
from tests.api import test_pay_ins, test_payouts
from tests.api.answers import Json
from tests.api.test_pay_ins import held, started
from tests.api.test_payouts import asked, at_rest, come_to, earner, handed_over, on_its_way
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, eventually, somebody
from tests.contract import eur
from tests.providers.paper import PaperProvider
from tests.providers.paper_payouts import PaperPayouts


async def silence_of(shop: ApiClient, payout: Json, who: Any = OPERATOR) -> Json | None:
    """What somebody reads of a provider that does not say what becomes of a payout."""
    found: Json | None = (await test_payouts.found(shop, who, payout))["silence"]
    return found


async def test_of_a_payout_it_is_told_from_when_it_began_until_the_provider_answers(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.away = True
    payout = (await asked(payout_shop, seller)).json()
    silence = await eventually(lambda: silence_of(payout_shop, payout), bool)
    assert silence is not None
    assert silence["because"] == "nobody answers"
    assert await silence_of(payout_shop, payout, seller) is None  # why is about how this is set up
    with pytest.raises(ProviderAway):
        await PayoutActivities(app.pool, payer).carry_payout(PayoutRef(id=payout["id"]))
    assert await silence_of(payout_shop, payout) == silence
    payer.away = False
    await handed_over(payout_shop, seller, payout)
    await eventually(lambda: silence_of(payout_shop, payout), lambda one: one is None)


async def test_a_provider_that_refuses_to_say_is_silent_and_one_that_gives_nothing_back_is_not(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    _, payout = await on_its_way(payout_shop, payer)
    looking, ref = PayoutActivities(app.pool, payer), PayoutRef(id=payout["id"])
    payer.refuses = "not with this key"
    with pytest.raises(ApplicationError):
        await looking.carry_payout(ref)
    silence = await silence_of(payout_shop, payout)
    assert silence is not None
    assert silence["because"] == "not with this key"
    payer.refuses, payer.stuck = "", "their account is empty"
    with pytest.raises(ProviderAway, match="empty"):
        await looking.carry_payout(ref)
    shown = await test_payouts.found(payout_shop, OPERATOR, payout)
    assert (shown["silence"], shown["reason"]) == (None, "their account is empty")


async def test_of_a_pay_in_it_is_told_likewise(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    asking, ref = PayInActivities(app.pool, provider), PayInRef(id=pay_in["id"])
    provider.away = True
    for ask in (asking.ask_for_pay_in, asking.end_pay_in):
        with pytest.raises(ProviderAway):
            await ask(ref)
    shown = await test_pay_ins.found(shop, OPERATOR, pay_in)
    assert shown["silence"]["because"] == "nobody answers"
    assert (await test_pay_ins.found(shop, buyer, pay_in))["silence"] is None
    provider.away = False
    await asking.ask_for_pay_in(ref)
    assert (await test_pay_ins.found(shop, OPERATOR, pay_in))["silence"] is None


async def test_of_a_pay_in_that_the_provider_never_took_it_is_told_until_it_does(
    shop: ApiClient, provider: PaperProvider
) -> None:
    buyer, key = somebody("buyer"), "the-same-key"
    provider.away = True
    assert (await started(shop, buyer, key)).status_code == 503
    path = f"/v1/pay-ins?user_id={buyer.id}"
    (waits,) = (await shop.get(path, OPERATOR)).json()["items"]
    assert waits["silence"]["because"] == "nobody answers"
    provider.away = False
    assert (await started(shop, buyer, key)).status_code == 201
    (taken,) = (await shop.get(path, OPERATOR)).json()["items"]
    assert taken["silence"] is None


async def test_who_takes_back_what_the_provider_does_not_give_back_is_told_so(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await on_its_way(payout_shop, payer)
    await at_rest(app, payout)
    payer.stuck = "their account is empty"
    refused = await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    assert (refused.status_code, refused.json()["code"]) == (409, "provider-refused")
    assert "does not give it back yet" in refused.json()["detail"]
    shown = await test_payouts.found(payout_shop, seller, payout)
    assert (shown["state"], shown["reason"]) == ("pending", "their account is empty")
    assert await held(payout_shop, seller) == [eur(500)]
    payer.stuck = ""
    payer.goes_on(payout, PayoutState.CANCELLED)
    await payout_shop.post(f"/v1/payouts/{payout['id']}/cancel", seller)
    await come_to(payout_shop, seller, payout, "cancelled")
    assert await held(payout_shop, seller) == [eur(2_000)]
