"""What is under way at a provider that is not connected any more is named, and goes on once it is
again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import api.app
from domain.payments import PayoutState, ProviderEventKind
from infra.unconnected_payments import tell_unconnected
from providers.manual import ManualProvider
from providers.protocol import Provider
from reconcile.nightly_proof import prove_what_changed
from reconcile.proof import prove
from reconcile.unconnected import CHECK, unconnected
from tests.api.test_pay_ins import ended, held, started, tell
from tests.api.test_payouts import asked, come_to, earner, handed_over
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Json, eventually, somebody
from tests.contract import eur
from tests.own_logs import own_logs
from tests.providers.paper import NAME, said
from tests.providers.paper_payouts import PaperPayouts, said_of_payout
from tests.reconcile.test_command import on
from tests.reconcile.test_payments import ENDED_DISPUTES, OPENED, PAID, change, says, written
from worker import paying_worker

OUT = ProviderEventKind.PAYOUT_PAID
NOT_CONNECTED = "SEQUESTRE_PROVIDER is manual here"


@pytest.fixture
def paper() -> PaperPayouts:
    """Who is connected at first, and later again."""
    return PaperPayouts()


@asynccontextmanager
async def shop_with(
    app: AppUnderTest, provider: Provider, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> AsyncIterator[ApiClient]:
    """The API with this provider, and somebody who sees to payments where it takes them."""
    monkeypatch.setattr(api.app, "provider_of", lambda _: provider)
    async with app.with_settings(relay_pause=0.05, **settings) as opened:
        if not provider.takes_payments:
            yield opened
            return
        async with paying_worker(app.temporal, app.pool, provider):
            yield opened


async def test_what_is_under_way_is_named_and_goes_on_when_its_provider_is_connected_again(
    app: AppUnderTest, paper: PaperPayouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = somebody("buyer")
    async with shop_with(app, paper, monkeypatch, payout_approval_above=1_500) as shop:
        seller = await earner(shop, paper, 5_000)
        pay_in = (await started(shop, buyer)).json()
        payout = (await asked(shop, seller, 1_500)).json()
        await handed_over(shop, seller, payout)
        large = (await asked(shop, seller, 2_000)).json()
        assert large["state"] == "requested"
        assert await unconnected(app.pool, NAME) == []

    async with shop_with(app, ManualProvider(), monkeypatch) as manual:
        paid, done = said(PAID, pay_in), said_of_payout(OUT, payout)
        for event in (paid, done):
            assert (await tell(manual, event)).status_code == 404  # it is sent again
        approved = await manual.post(f"/v1/payouts/{large['id']}/approve", OPERATOR)
        assert approved.json()["state"] == "pending"
        why = f"nobody carries on what is under way there (1 payment, 2 payouts): {NOT_CONNECTED}"
        for proof in (
            await prove(app.pool, app.temporal, patience=0),
            await prove_what_changed(app.pool, app.temporal, patience=0),
        ):
            (found,) = [one for one in proof.differing if one.check == CHECK]
            assert (found.subject, found.problem) == (f"provider {NAME}", why)
        code, output = await on(app, "check", "--patience", "0")
        assert (code, f"({CHECK})" in output) == (1, True)

    async with shop_with(app, paper, monkeypatch) as shop:
        assert (await tell(shop, paid)).status_code == 200
        await ended(shop, buyer, pay_in, "paid")
        for one in (payout, large):
            await handed_over(shop, seller, one)
            paper.goes_on(one, PayoutState.PAID)
            assert (await tell(shop, said_of_payout(OUT, one))).status_code == 200
            await come_to(shop, seller, one, "paid")
        assert await held(shop, buyer) == [pay_in["amount"]]
        assert await held(shop, seller) == [eur(1_500)]
        assert len(paper.asked_out) == 2
    assert await unconnected(app.pool, "manual") == []


@pytest.mark.parametrize(
    ("kinds", "what"),
    [([PAID, OPENED], "1 dispute"), ([PAID], "1 payment")],
    ids=["disputed", "its order is not placed"],
)
async def test_so_is_what_follows_from_a_payment(
    kinds: list[ProviderEventKind], what: str, app: AppUnderTest
) -> None:
    wish: Json = {"brief": "A blue fish."} if OPENED not in kinds else {}
    payment = await written(app, **wish)
    for kind in kinds:
        await says(app, kind, payment)
    (found,) = await unconnected(app.pool, "manual")
    assert f"({what})" in found.problem
    await change(app, ENDED_DISPUTES)
    await change(app, "UPDATE pay_ins SET wish = NULL WHERE id = $1", payment)
    assert await unconnected(app.pool, "manual") == []


async def test_it_is_said_as_a_process_starts(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await written(app)
    line = {"event": "payments stand still", "log_level": "warning", "connected": "manual"}
    counts = {"provider": NAME, "pay_ins": 1, "payouts": 0, "disputes": 0}
    with own_logs() as logs:
        await tell_unconnected(app.pool, NAME)
        assert logs == []
        await tell_unconnected(app.pool, "manual")
    assert logs == [{**line, **counts}]

    async def told() -> bool:
        return {**line, **counts} in logs

    with own_logs() as logs:
        async with shop_with(app, ManualProvider(), monkeypatch):
            await eventually(told)
    await says(app, ProviderEventKind.PAY_IN_LAPSED, payment)
    assert await unconnected(app.pool, "manual") == []
