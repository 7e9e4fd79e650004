"""What we read of Stripe's answers fits a server that others wrote after the real one.

`make localstripe` brings it into an environment of its own (it is under the GPL, and only ever a
process beside this one); without it there is nothing to see here. It knows neither Checkout nor
Connect nor idempotency keys: for those there is the strict fake.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.payments import PayoutState, ProviderEventKind
from providers.protocol import NotGenuine, ProviderEvent, ProviderRefused
from providers.stripe import StripeProvider
from tests.app_under_test import PATIENCE_SECONDS, eventually
from tests.providers.acts import heard
from tests.webhooks.receiver import Receiver

PROGRAM = Path(__file__).parents[2] / ".tools/localstripe/bin/localstripe"
KEY, SECRET = "sk_test_local", "whsec_local"
STOP_SECONDS = 30

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists() or not socket.has_dualstack_ipv6(),
    reason="localstripe is not here: make localstripe brings it (it listens on IPv6)",
)


@pytest.fixture(scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """The server, as who asks it without a client's help."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--from-scratch", "--port", str(port)),
        env={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("localstripe"))},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            auth=(KEY, ""),
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        ) as client:
            await eventually(lambda: _answers(client))
            yield client
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), STOP_SECONDS)


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/v1/balance")).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
async def provider(local: httpx.AsyncClient) -> AsyncIterator[StripeProvider]:
    """What these books know Stripe as."""
    provider = StripeProvider(KEY, [SECRET], str(local.base_url))
    yield provider
    await provider.aclose()


async def made(local: httpx.AsyncClient, path: str, **said: Any) -> str:
    """The id of something that is made there."""
    answer = await local.post(f"/v1/{path}", data=said)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def payment(local: httpx.AsyncClient) -> str:
    """A payment of 20.00 EUR that was made."""
    card = {"card[number]": "4242424242424242", "card[exp_month]": "12", "card[cvc]": "123"}
    method = await made(local, "payment_methods", type="card", **card, **{"card[exp_year]": "2035"})
    ours = {"metadata[sequestre_pay_in]": "pay-in-1"}
    said = {"amount": "2000", "currency": "eur", "payment_method": method, "confirm": "true"}
    return await made(local, "payment_intents", **said, **ours)


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [
        ("pending", PayoutState.PENDING, None),
        ("paid", PayoutState.PAID, None),
        ("failed", PayoutState.FAILED, "The bank could not process this payout."),
    ],
)
async def test_a_payout_is_read(
    status: str,
    expected: PayoutState,
    reason: str | None,
    local: httpx.AsyncClient,
    provider: StripeProvider,
) -> None:
    name = await made(local, "payouts", amount="500", currency="eur", status=status)
    found = await provider.find_payout("acct_1", name)
    assert (found.reference, found.state, found.reason) == (name, expected, reason)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("pending", PayoutState.CANCELLED), ("paid", PayoutState.PAID)],
)
async def test_a_payout_is_cancelled_where_it_can_be(
    status: str, expected: PayoutState, local: httpx.AsyncClient, provider: StripeProvider
) -> None:
    name = await made(local, "payouts", amount="500", currency="eur", status=status)
    assert (await provider.cancel_pay_out("acct_1", name)).state is expected


async def test_what_is_not_there_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused):
        await provider.find_payout("acct_1", "po_none")


async def test_a_payment_says_what_it_is_of_ours(
    local: httpx.AsyncClient, provider: StripeProvider
) -> None:
    opened = ProviderEvent(
        *("evt_1", ProviderEventKind.DISPUTE_OPENED, "charge.dispute.created"),
        at=datetime.now(UTC),
        payment=await payment(local),
    )
    assert (await provider.completed(opened)).ours == "pay-in-1"


async def test_an_event_is_signed_as_stripe_does(
    local: httpx.AsyncClient, provider: StripeProvider
) -> None:
    receiver = Receiver()
    await receiver.start()
    said = {"url": receiver.url, "secret": SECRET}
    assert (await local.post("/_config/webhooks/ours", data=said)).is_success
    await payment(local)
    hook = await heard(receiver, "payment_intent.succeeded")
    await receiver.stop()
    now = datetime.now(UTC)
    event = provider.read_event(hook.body, hook.headers, now)
    assert (event.name, event.kind) == ("payment_intent.succeeded", ProviderEventKind.OTHER)
    assert abs(event.at - now) < timedelta(minutes=5)
    with pytest.raises(NotGenuine):
        provider.read_event(hook.body + b" ", hook.headers, now)
