"""Who is paid out: what the provider asks of them, and what it says of them."""

from typing import Any

import httpx
import pytest

from domain.payments import AccountState
from providers.protocol import AccountGone, ProviderAway
from providers.stripe.accounts import payout_account
from tests.app_under_test import PATIENCE_SECONDS
from tests.providers.acts import RETURN_URL, Till

READY: dict[str, Any] = {
    "id": "acct_1",
    "details_submitted": True,
    "payouts_enabled": True,
    "capabilities": {"transfers": "active"},
}


def requirements(why: str | None, *due: str) -> dict[str, Any]:
    """What an account still asks, and why it is not paid out."""
    return {"requirements": {"currently_due": list(due), "disabled_reason": why}}


async def test_somebody_has_one_account(till: Till) -> None:
    first = await till.provider.open_account("selma")
    assert first.state is AccountState.PENDING
    assert first.asked == ("external_account", "individual.first_name")
    assert first == await till.provider.open_account("selma")
    assert first.reference != (await till.provider.open_account("samir")).reference


async def test_whatever_somebody_is_called_they_have_one_account(till: Till) -> None:
    names = ("žofie", "zofie", "サ" * 100, "o'neil & co, 100% <a@b.c>")
    opened = [await till.provider.open_account(one) for one in names]
    assert opened == [await till.provider.open_account(one) for one in names]
    assert len({one.reference for one in opened}) == len(names)
    again = await till.provider.open_account("žofie", opened[0].reference)
    assert again.reference not in {one.reference for one in opened}


@pytest.mark.parametrize(
    ("becomes", "expected", "asked"),
    [
        ("verifying", AccountState.PENDING, ()),
        ("active", AccountState.ACTIVE, ()),
        (
            "restricted",
            AccountState.RESTRICTED,
            ("individual.verification.document: The image is too blurry.",),
        ),
    ],
)
async def test_an_account_is_what_the_provider_says(
    becomes: str, expected: AccountState, asked: tuple[str, ...], till: Till
) -> None:
    account = await till.provider.open_account("selma")
    await till.fake.does(f"accounts/{account.reference}/{becomes}")
    found = await till.provider.find_account(account.reference)
    assert (found.state, found.asked) == (expected, asked)


async def test_who_has_said_all_comes_back(till: Till) -> None:
    account = await till.provider.open_account("selma")
    url = await till.provider.onboarding_url(account.reference, RETURN_URL)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as browser:
        assert "external_account" in (await browser.get(url)).text
        assert (await browser.post(url)).headers["Location"] == RETURN_URL
    assert (await till.provider.find_account(account.reference)).state is AccountState.ACTIVE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, AccountState.ACTIVE),
        (requirements(None, "individual.id_number"), AccountState.ACTIVE),
        ({"capabilities": {"transfers": "pending"}}, AccountState.RESTRICTED),
        ({"capabilities": {}}, AccountState.RESTRICTED),
        ({"payouts_enabled": False}, AccountState.RESTRICTED),
        (
            {"payouts_enabled": False, **requirements("requirements.past_due", "external_account")},
            AccountState.RESTRICTED,
        ),
        ({"payouts_enabled": False, **requirements("rejected.fraud")}, AccountState.RESTRICTED),
        (
            {"payouts_enabled": False, **requirements("requirements.pending_verification")},
            AccountState.PENDING,
        ),
        (
            {
                "payouts_enabled": False,
                **requirements("requirements.pending_verification", "external_account"),
            },
            AccountState.RESTRICTED,
        ),
        ({"payouts_enabled": False, **requirements("under_review")}, AccountState.PENDING),
        ({"payouts_enabled": False, "details_submitted": False}, AccountState.PENDING),
        ({"requirements": None}, AccountState.ACTIVE),
        (
            {"requirements": {"currently_due": None, "past_due": None, "errors": None}},
            AccountState.ACTIVE,
        ),
        ({"capabilities": None}, AccountState.RESTRICTED),
        ({"payouts_enabled": None, "details_submitted": None}, AccountState.PENDING),
    ],
)
def test_an_account_is_paid_out_when_all_of_it_is_ready(
    said: dict[str, Any], expected: AccountState
) -> None:
    assert payout_account({**READY, **said}).state is expected


async def test_of_one_that_is_gone_this_is_told_and_another_is_opened(till: Till) -> None:
    account = await till.seller()
    await till.fake.does(f"accounts/{account}/deleted")
    with pytest.raises(AccountGone):
        await till.provider.find_account(account)
    with pytest.raises(AccountGone):
        await till.provider.onboarding_url(account, RETURN_URL)
    # For a day Stripe gives it again to who asks under its key.
    assert (await till.provider.open_account("selma")).reference == account
    other = await till.provider.open_account("selma", account)
    assert other.reference != account
    assert other == await till.provider.open_account("selma", account)
    assert (await till.provider.find_account(other.reference)).state is AccountState.PENDING


async def test_one_that_a_key_may_not_ask_for_is_not_gone(till: Till) -> None:
    account = await till.seller()
    await till.fake.fails(forbidden=1, call="GET /v1/accounts")
    with pytest.raises(ProviderAway, match="SEQUESTRE_STRIPE_SECRET_KEY"):
        await till.provider.find_account(account)


async def test_a_link_is_another_one_each_time(till: Till) -> None:
    """It is good once."""
    account = await till.provider.open_account("selma")
    seen: list[str] = []

    async def noted(request: httpx.Request) -> None:
        seen.append(request.headers["Idempotency-Key"])

    till.provider._http._client_async.event_hooks["request"] = [noted]
    for _ in range(2):
        await till.provider.onboarding_url(account.reference, RETURN_URL)
    assert len(set(seen)) == len(seen) == 2
