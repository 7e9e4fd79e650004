"""`sequestre up` with a payment provider that its environment names."""

from pathlib import Path

import httpx
import pytest

from cli.up import _events_of_provider
from embedded.stripe_stand_in.process import running_stand_in
from tests.app_under_test import eventually, somebody
from tests.contract import eur
from tests.e2e.conftest import api_of, started


def test_it_says_where_the_providers_events_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQUESTRE_PROVIDER", raising=False)
    assert _events_of_provider("http://127.0.0.1:8000") == []
    monkeypatch.setenv("SEQUESTRE_PROVIDER", "stripe")
    monkeypatch.setenv("SEQUESTRE_STRIPE_SECRET_KEY", "sk_test_one")
    monkeypatch.setenv("SEQUESTRE_STRIPE_WEBHOOK_SECRETS", "whsec_one")
    told = [("Stripe's events", "http://127.0.0.1:8000/v1/providers/stripe/events")]
    assert _events_of_provider("http://127.0.0.1:8000") == told


async def test_people_pay_there_and_check_holds_the_books_beside_its_own(passable: Path) -> None:
    payer = somebody("payer")
    async with (
        running_stand_in() as stand_in,
        started(passable / "up-with-a-provider", shell=stand_in.settings) as up,
        api_of(up) as api,
    ):
        await up.ready(api)
        events = f"{up.stack.api_url}/v1/providers/stripe/events"
        await stand_in.does("listening", deliver_to=events)
        body = {**eur(1_500), "return_url": "https://shop.example.org/wallet"}
        begun = (await api.post("/v1/pay-ins", payer, body, key="pay-in")).json()
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert "no money moves" in (await browser.get(begun["url"])).text
            assert (await browser.post(begun["url"])).status_code == 303

        async def held() -> int:
            return await api.balance(payer)

        await eventually(held, lambda now: now == 1_500)
        assert (await up.command("check"))[0] == 0
        await stand_in.fails(outage=True)
        code, output = await up.command("check")
        assert (code, "could not be asked" in output) == (2, True)
