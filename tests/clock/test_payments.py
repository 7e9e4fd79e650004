"""Payments go by the clock that is moved, as orders do: when they lapse, when their provider is
asked, when what was earned is cleared, until when a bank takes an answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from domain.money import Money
from domain.payments import PayInState, PayoutState, Way
from providers.protocol import FoundPayIn
from tests.api.test_chargebacks import OPENED, WON, becomes, disputes, paid_order
from tests.api.test_pay_ins import ended, found, started
from tests.api.test_payouts import found as found_payout
from tests.api.test_payouts import on_its_way
from tests.app_under_test import ApiClient, AppUnderTest, Json, somebody
from tests.clock.conftest import MovableApp
from tests.lost_workflows import loses_its_workflow
from tests.providers.paper_payouts import PaperPayouts
from worker import paying_worker

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def app(movable: MovableApp) -> AppUnderTest:
    """The product that `shop` is a marketplace of."""
    return movable.app


@pytest.fixture
def provider(payer: PaperPayouts) -> PaperPayouts:
    """Who takes payments and pays people out, by the machine's clock."""
    return payer


def at(instant: str) -> datetime:
    """An instant of a document."""
    return datetime.fromisoformat(instant)


async def test_what_nobody_pays_lapses_a_day_later(movable: MovableApp, shop: ApiClient) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    assert abs(at(pay_in["until"]) - await movable.now() - DAY) < MINUTE

    await movable.advance(by="PT23H")
    assert "open" == (await found(shop, buyer, pay_in))["state"]

    await movable.advance(by="PT36H")
    lapsed = await found(shop, buyer, pay_in)
    assert "lapsed" == lapsed["state"]
    assert abs(at(lapsed["ended_at"]) - at(pay_in["created_at"]) - DAY) < MINUTE


async def test_a_provider_that_says_nothing_is_asked_an_hour_later(
    movable: MovableApp, shop: ApiClient, provider: PaperPayouts
) -> None:
    buyer = somebody("buyer")
    pay_in = (await started(shop, buyer)).json()
    money = Money(**pay_in["amount"])
    provider.found[f"paper-{pay_in['id']}"] = FoundPayIn(PayInState.PAID, money)
    await movable.advance(by="PT59M")
    assert "open" == (await found(shop, buyer, pay_in))["state"]
    await movable.advance(by="PT2M")
    paid = await found(shop, buyer, pay_in)
    assert "paid" == paid["state"]
    assert abs(at(paid["ended_at"]) - at(pay_in["created_at"]) - 60 * MINUTE) < MINUTE


@pytest.fixture
async def handed(
    app: AppUnderTest, provider: PaperPayouts
) -> AsyncIterator[Callable[[], Awaitable[Json]]]:
    """Gives a payout that the provider has, as it stands. The API that took it is gone, and with it
    the relay, which has one looked at that is two hours old by the clock."""
    async with paying_worker(app.temporal, app.pool, provider):
        async with app.with_settings(relay_pause=0.05) as shop:
            seller, payout = await on_its_way(shop, provider)
        yield partial(found_payout, app.api, seller, payout)


async def test_a_payout_is_asked_about_where_the_clock_arrives(
    movable: MovableApp, provider: PaperPayouts, handed: Callable[[], Awaitable[Json]]
) -> None:
    await movable.advance(by="P3D")
    payout = await handed()
    assert "pending" == payout["state"]
    provider.goes_on(payout, PayoutState.PAID)
    await movable.advance(by="PT1H1M")
    assert "paid" == (await handed())["state"]
    assert 1 == len(provider.asked_out)


async def test_a_provider_that_is_away_does_not_keep_the_clock_for_long(
    movable: MovableApp, provider: PaperPayouts, handed: Callable[[], Awaitable[Json]]
) -> None:
    provider.away = True
    await movable.advance(by="PT2H")
    provider.away = False
    provider.goes_on(await handed(), PayoutState.PAID)
    await movable.advance(by="PT2H")
    assert "paid" == (await handed())["state"]


async def test_what_is_earned_is_cleared_after_its_window(movable: MovableApp) -> None:
    async with movable.app.with_settings(clearing_window="P14D") as shop:
        in_play = await movable.app.place_order(api=shop)
    in_play.api = movable.app.api
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)

    async def available() -> list[int]:
        wallet = (await movable.app.api.get("/v1/wallet", in_play.seller)).json()
        return [one["amount"] for one in wallet["available"]]

    assert sum(await available()) == 0
    await movable.advance(by="P13D")
    assert sum(await available()) == 0
    await movable.advance(by="P2D")
    assert [1600] == await available()


async def test_a_bank_takes_an_answer_for_as_long_as_it_says(
    movable: MovableApp, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("in_progress")
    machine = datetime.now(UTC)
    await disputes(shop, OPENED, pay_in, evidence_until=(machine + 7 * DAY).isoformat())
    frozen = await becomes(in_play, payment_hold=True)
    until = at(frozen["payment_hold"]["evidence_until"])
    assert abs(until - await movable.now() - 7 * DAY) < MINUTE
    await disputes(shop, WON, pay_in)
    await becomes(in_play, payment_hold=False)


async def test_a_payment_whose_workflow_is_gone_is_brought_to_one_by_the_clock(
    movable: MovableApp, app: AppUnderTest, provider: PaperPayouts
) -> None:
    buyer = somebody("buyer")
    async with paying_worker(app.temporal, app.pool, provider):
        async with app.with_settings(relay_pause=0.05) as shop:
            pay_in = (await started(shop, buyer)).json()
            await loses_its_workflow(app, Way.IN, pay_in)
        # The relay is gone with that API: once the payment is old, it would begin it again.
        await movable.advance(by="P2D")
        await ended(app.api, buyer, pay_in, "lapsed")
