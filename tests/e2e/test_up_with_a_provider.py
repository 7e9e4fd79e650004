"""`sequestre up` with a payment provider that its environment names."""

from functools import partial
from pathlib import Path

import httpx
import pytest

from cli.up import _events_of_provider
from embedded.stripe_stand_in.process import running_stand_in
from tests.app_under_test import PATIENCE_SECONDS, eventually, somebody
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
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as browser:
            assert "no money moves" in (await browser.get(begun["url"])).text
            assert (await browser.post(begun["url"])).status_code == 303

        async def held() -> int:
            return await api.balance(payer)

        await eventually(held, lambda now: now == 1_500)
        assert (await up.command("check"))[0] == 0
        await stand_in.fails(outage=True)
        code, output = await up.command("check")
        assert (code, "could not be asked" in output) == (2, True)


async def test_what_is_under_way_at_a_provider_that_is_taken_away_is_said_and_goes_on_later(
    passable: Path,
) -> None:
    payer, directory = somebody("payer"), passable / "a-provider-taken-away"
    body = {**eur(1_500), "return_url": "https://shop.example.org/wallet"}
    async with running_stand_in() as stand_in:
        async with started(directory, shell=stand_in.settings) as up, api_of(up) as api:
            await up.ready(api)
            begun = (await api.post("/v1/pay-ins", payer, body, key="pay-in")).json()
        async with started(directory) as up, api_of(up) as api:
            await up.ready(api)

            async def is_said(by: str) -> bool:
                return "payments stand still" in (directory / "logs" / f"{by}.log").read_text()

            for process in ("api", "worker"):
                await eventually(partial(is_said, process))
            code, output = await up.command("check")
            assert (code, "(provider-not-connected)" in output) == (1, True), output
        async with started(directory, shell=stand_in.settings) as up, api_of(up) as api:
            await up.ready(api)
            events = f"{up.stack.api_url}/v1/providers/stripe/events"
            await stand_in.does("listening", deliver_to=events)
            async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as browser:
                assert (await browser.post(begun["url"])).status_code == 303
            await eventually(lambda: api.balance(payer), lambda now: now == 1_500)
            assert (await up.command("check"))[0] == 0
