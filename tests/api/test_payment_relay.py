"""A payment whose workflow Temporal refuses to tell keeps no other payment waiting."""

from collections import Counter
from collections.abc import Collection
from typing import Any

import pytest

from api.gateway import Away, Gateway, Refused
from domain.payments import PaymentRef
from tests.api.answers import Json
from tests.api.test_pay_ins import PAID, ended, started, tell
from tests.api.test_payouts import asked, earner, handed_over
from tests.app_under_test import ApiClient, AppUnderTest, eventually, somebody
from tests.providers.paper import said
from tests.providers.paper_payouts import PaperPayouts


class Temporal:
    """Refuses to tell one payment's workflow, and does not answer when it is first asked to tell
    that of another: so it is left to the relay. Those `before`, of which a test has left some for
    the relay to tell, are told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, before: Collection[str]) -> None:
        self._tell, self.asked = Gateway.tell_payment, Counter[str]()
        self._before = frozenset(before)
        self.refused: str | None = None
        self.is_away_at_first = False
        monkeypatch.setattr(Gateway, "tell_payment", self._tell_payment(self))

    @staticmethod
    def _tell_payment(world: "Temporal") -> Any:
        async def tell_payment(gateway: Gateway, payment: PaymentRef, clock: Any = None) -> None:
            one = str(payment.id)
            world.asked[one] += 1
            if one == world.refused:
                raise Refused("INVALID_ARGUMENT")
            is_asked_first = world.asked[one] == 1 and one not in world._before
            if world.is_away_at_first and is_asked_first:
                world.refused = world.refused or one
                raise Away("UNAVAILABLE")
            await world._tell(gateway, payment, clock)

        return tell_payment

    async def is_asked_again(self, payment: Json) -> None:
        """Waits until the relay has come to a payment."""
        seen = self.asked[payment["id"]]

        async def look() -> int:
            return self.asked[payment["id"]]

        await eventually(look, lambda now: now > seen)


@pytest.fixture
async def temporal(app: AppUnderTest, monkeypatch: pytest.MonkeyPatch) -> Temporal:
    rows = await app.pool.fetch("SELECT id FROM pay_ins UNION ALL SELECT id FROM payouts")
    return Temporal(monkeypatch, [str(row["id"]) for row in rows])


async def test_what_the_provider_said_of_another_is_done(
    shop: ApiClient, temporal: Temporal
) -> None:
    buyer = somebody("buyer")
    temporal.is_away_at_first = True  # so that no workflow comes to what is said by itself
    refused = (await started(shop, buyer)).json()
    temporal.is_away_at_first = False
    other = (await started(shop, buyer)).json()
    await tell(shop, said(PAID, refused))
    await temporal.is_asked_again(refused)
    await tell(shop, said(PAID, other))
    await ended(shop, buyer, other, "paid")
    answer = await shop.get(f"/v1/pay-ins/{refused['id']}", buyer)
    assert answer.json()["state"] == "open"
    temporal.refused = None
    await ended(shop, buyer, refused, "paid")


async def test_another_that_is_asked_for_is_waited_for(
    app: AppUnderTest, shop: ApiClient, temporal: Temporal
) -> None:
    temporal.is_away_at_first = True
    refused, other = [(await started(shop, somebody("buyer"))).json() for _ in range(2)]
    await temporal.is_asked_again(refused)
    is_started = "SELECT started_at IS NOT NULL FROM pay_ins WHERE id::text = $1"
    await eventually(lambda: app.pool.fetchval(is_started, other["id"]))
    assert not await app.pool.fetchval(is_started, refused["id"])


async def test_another_that_is_to_be_paid_out_is(
    payout_shop: ApiClient, payer: PaperPayouts, temporal: Temporal
) -> None:
    sellers = [await earner(payout_shop, payer) for _ in range(2)]
    temporal.is_away_at_first = True
    refused, other = [(await asked(payout_shop, one)).json() for one in sellers]
    await temporal.is_asked_again(refused)
    await handed_over(payout_shop, sellers[1], other)
    assert (await payout_shop.get(f"/v1/payouts/{refused['id']}", sellers[0])).json()[
        "reference"
    ] is None
