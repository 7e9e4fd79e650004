"""Money goes out through a payment provider: once, and back into the wallet where it does not
arrive."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db import audit
from db.pool import connection
from domain.payments import AccountState, PayoutState, ProviderEventKind, Way
from providers.protocol import PayoutAccount, ProviderAway
from tests.api.answers import Json
from tests.api.test_pay_ins import ended, held, outcome_of, started, tell
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    Person,
    eventually,
    somebody,
)
from tests.contract import eur
from tests.idle import is_idle
from tests.lost_workflows import relay_has_looked, workflow_of
from tests.providers.paper import said
from tests.providers.paper_payouts import PaperPayouts, said_of_payout

BACK = "https://shop.example.org/wallet"
IS_TOLD = "SELECT told_at IS NOT NULL FROM payouts WHERE id = $1"
PAID, FAILED = ProviderEventKind.PAYOUT_PAID, ProviderEventKind.PAYOUT_FAILED
CANCELLED, ACCOUNT = ProviderEventKind.PAYOUT_CANCELLED, ProviderEventKind.ACCOUNT_CHANGED


@pytest.fixture
def provider(payer: PaperPayouts) -> PaperPayouts:
    """Who pays people out."""
    return payer


@pytest.fixture
def shop(payout_shop: ApiClient) -> ApiClient:
    """The API of a marketplace with a provider, and somebody who sees to payouts."""
    return payout_shop


async def earner(shop: ApiClient, provider: PaperPayouts, amount: int = 2_000) -> Person:
    """Somebody with so many cents in their wallet and an account that is ready."""
    who = somebody("seller")
    opened = await account_of(shop, who)
    assert opened.status_code == 200
    await is_now(shop, provider, who, AccountState.ACTIVE)
    topped = await shop.post(
        f"/v1/wallets/{who.id}/top-ups", OPERATOR, eur(amount), key=str(uuid4())
    )
    assert topped.status_code == 201
    return who


async def account_of(shop: ApiClient, who: Person) -> Any:
    """The answer to who wants to be paid out."""
    return await shop.post("/v1/payout-account", who, {"return_url": BACK})


async def is_now(
    shop: ApiClient,
    provider: PaperPayouts,
    who: Person,
    state: AccountState,
    *asked: str,
    **more: str,
) -> Json:
    """Has the provider say what somebody's account is by now; gives the event."""
    reference = f"account-{who.id}"
    provider.accounts[reference] = type(provider.accounts[reference])(reference, state, asked)
    event = {
        "id": f"event-{uuid4()}",
        "kind": ACCOUNT,
        "reference": reference,
        "ours": who.id,
        "account": {"state": state, "asked": list(asked), **more},
    }
    assert (await tell(shop, event)).status_code == 200
    return event


async def asked(shop: ApiClient, who: Person, amount: int = 1_500, key: str | None = None) -> Any:
    """The answer to who wants to be paid out so many cents."""
    return await shop.post("/v1/payouts", who, eur(amount), key=key or str(uuid4()))


async def found(shop: ApiClient, who: Person, payout: Json) -> Json:
    """A payout as it stands."""
    document: Json = (await shop.get(f"/v1/payouts/{payout['id']}", who)).json()
    return document


async def come_to(shop: ApiClient, who: Person, payout: Json, state: str) -> Json:
    """A payout once it has come to this state."""
    return await eventually(lambda: found(shop, who, payout), lambda one: one["state"] == state)


async def handed_over(shop: ApiClient, who: Person, payout: Json) -> Json:
    """A payout once the provider has answered."""
    return await eventually(lambda: found(shop, who, payout), lambda one: bool(one["reference"]))


async def on_its_way(shop: ApiClient, provider: PaperPayouts) -> tuple[Person, Json]:
    """A payout of 15.00 EUR that the provider has, and whose it is, who keeps 5.00 EUR."""
    who = await earner(shop, provider)
    payout: Json = (await asked(shop, who)).json()
    await handed_over(shop, who, payout)
    return who, payout


async def held_up(shop: ApiClient, provider: PaperPayouts, why: str) -> tuple[Person, Json]:
    """A payout of 15.00 EUR that the provider keeps, as is known here, and whose it is."""
    who, payout = await on_its_way(shop, provider)
    provider.stuck = why
    await tell(shop, said_of_payout(FAILED, payout))
    return who, await eventually(lambda: found(shop, who, payout), lambda one: bool(one["reason"]))


async def paid(shop: ApiClient, provider: PaperPayouts, who: Person, amount: int = 1_500) -> Json:
    """A payout that was paid."""
    payout: Json = (await asked(shop, who, amount)).json()
    await handed_over(shop, who, payout)
    provider.goes_on(payout, PayoutState.PAID)
    assert (await tell(shop, said_of_payout(PAID, payout))).status_code == 200
    return await come_to(shop, who, payout, "paid")


async def at_rest(app: AppUnderTest, payout: Json) -> Json:
    """A payout at which nothing is under way any more. A relay that finds it untold just before the
    API tells of it itself has it looked at once more: that look may come at any moment, and what
    the provider answers to it counts like any other answer."""
    await eventually(lambda: app.pool.fetchval(IS_TOLD, UUID(payout["id"])))
    await relay_has_looked(app)
    await eventually(workflow_of(app, Way.OUT, payout).describe, is_idle)
    return payout


def times(provider: PaperPayouts, payout: Json) -> int:
    """How often the provider was asked to pay it."""
    return sum(one.id == payout["id"] for one in provider.asked_out)


async def wrong(app: AppUnderTest, who: Person, *payouts: Json) -> list[audit.Finding]:
    """What does not hold of somebody's payouts."""
    subjects = [f"payout {one['id']}" for one in payouts]
    subjects += [f"{kind} of {who.id}" for kind in ("wallet", "payout_pending")]
    async with connection(app.pool) as acquired:
        everything = await audit.findings(acquired)
    return [one for one in everything if one.subject in subjects]


async def test_it_leaves_the_wallet_at_once_and_is_paid_when_the_provider_says_so(
    app: AppUnderTest, shop: ApiClient, provider: PaperPayouts
) -> None:
    seller = await earner(shop, provider)
    answer = await asked(shop, seller)
    assert answer.status_code == 201
    payout = answer.json()
    assert answer.headers["Location"] == f"/v1/payouts/{payout['id']}"
    assert (payout["state"], payout["amount"]) == ("pending", eur(1_500))
    assert await held(shop, seller) == [eur(500)]
    await handed_over(shop, seller, payout)
    assert [one.money.amount for one in provider.asked_out if one.id == payout["id"]] == [1_500]
    assert provider.asked_out[-1].account == f"account-{seller.id}"
    await at_rest(app, payout)
    provider.goes_on(payout, PayoutState.PAID)
    event = said_of_payout(PAID, payout)
    await tell(shop, event)
    ended = await come_to(shop, seller, payout, "paid")
    assert (ended["reference"], ended["attempts"]) == (f"out-{payout['id']}", 1)
    assert await outcome_of(shop, event) == "applied"
    listed = (await shop.get(f"/v1/transfers?user_id={seller.id}", OPERATOR)).json()["items"]
    assert [one["kind"] for one in listed] == ["payout_done", "payout_hold", "top_up"]
    assert [one["balance"] for one in listed] == [None, eur(500), eur(2_000)]
    assert await wrong(app, seller, payout) == []


async def test_what_the_wallet_does_not_hold_is_refused(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller = await earner(shop, provider)
    answer = await asked(shop, seller, 2_001)
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient-funds")
    assert await held(shop, seller) == [eur(2_000)]
    assert (await shop.get("/v1/payouts", seller)).json()["items"] == []


async def test_of_two_at_once_one_wins(
    app: AppUnderTest, shop: ApiClient, provider: PaperPayouts
) -> None:
    seller = await earner(shop, provider)
    answers = await asyncio.gather(*(asked(shop, seller) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 402, 402, 402]
    assert await held(shop, seller) == [eur(500)]
    assert await wrong(app, seller) == []


async def test_a_key_is_one_payout(shop: ApiClient, provider: PaperPayouts) -> None:
    seller, key = await earner(shop, provider), str(uuid4())
    answers = await asyncio.gather(*(asked(shop, seller, 500, key) for _ in range(3)))
    assert {one.json()["id"] for one in answers} == {answers[0].json()["id"]}
    assert (await asked(shop, seller, 501, key)).json()["code"] == "idempotency-key-reused"
    assert await held(shop, seller) == [eur(1_500)]
    keyless = await shop.post("/v1/payouts", seller, eur(1))
    assert keyless.json()["code"] == "idempotency-key-required"


async def test_a_key_is_answered_again_whatever_became_of_the_account(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller, key = await earner(shop, provider), str(uuid4())
    first = await asked(shop, seller, key=key)
    await is_now(shop, provider, seller, AccountState.RESTRICTED, "a passport")
    provider.away = True
    again = await asked(shop, seller, key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await asked(shop, seller, 1, key)).json()["code"] == "idempotency-key-reused"


async def test_a_way_to_an_account_is_answered_again_though_the_provider_is_away(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller, key = somebody("seller"), str(uuid4())
    body, path = {"return_url": BACK}, "/v1/payout-account"
    first = await shop.post(path, seller, body, key=key)
    provider.away = True
    again = await shop.post(path, seller, body, key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await shop.post(path, seller, body, key=str(uuid4()))).status_code == 503


async def test_nobody_is_paid_out_before_the_provider_pays_them(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller = somebody("seller")
    nowhere = await asked(shop, seller)
    assert (nowhere.status_code, nowhere.json()["code"]) == (409, "payout-account-not-ready")
    assert (nowhere.json()["account_state"], nowhere.json()["asked"]) == ("none", [])
    opened = (await account_of(shop, seller)).json()
    assert opened == {
        "state": "pending",
        "asked": ["a photograph"],
        "url": f"https://paper.example.org/account-{seller.id}?then={BACK}",
    }
    refused = (await asked(shop, seller)).json()
    assert (refused["account_state"], refused["asked"]) == ("pending", ["a photograph"])
    await is_now(shop, provider, seller, AccountState.ACTIVE)
    assert (await shop.get("/v1/payout-account", seller)).json() == {"state": "active", "asked": []}
    assert (await asked(shop, seller)).json()["code"] == "insufficient-funds"
    await is_now(shop, provider, seller, AccountState.RESTRICTED, "a passport")
    restricted = (await asked(shop, seller)).json()
    assert (restricted["account_state"], restricted["asked"]) == ("restricted", ["a passport"])


async def test_who_has_an_account_goes_on_with_it_when_the_provider_has_forgotten(
    shop: ApiClient, provider: PaperPayouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = somebody("seller")
    first = (await account_of(shop, seller)).json()

    async def opens_another(user_id: str) -> PayoutAccount:  # as it does after a day
        return PayoutAccount(f"account-{user_id}-again", AccountState.PENDING)

    monkeypatch.setattr(provider, "open_account", opens_another)
    again = (await account_of(shop, seller)).json()
    assert (again["url"], again["asked"]) == (first["url"], first["asked"])
    await is_now(shop, provider, seller, AccountState.ACTIVE)
    assert (await account_of(shop, seller)).json()["state"] == "active"


async def test_an_account_is_known_though_its_link_was_not_given(
    shop: ApiClient, provider: PaperPayouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs_up(_reference: str, _return_url: str) -> str:
        raise ProviderAway("it hung up")

    seller = somebody("seller")
    with monkeypatch.context() as away:
        away.setattr(provider, "onboarding_url", hangs_up)
        assert (await account_of(shop, seller)).status_code == 503
    event = await is_now(shop, provider, seller, AccountState.ACTIVE)
    assert await outcome_of(shop, event) == "applied"


async def test_an_account_that_became_ready_unheard_is_asked_about(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller = somebody("seller")
    await account_of(shop, seller)
    reference = f"account-{seller.id}"
    known = provider.accounts[reference]
    provider.accounts[reference] = type(known)(reference, AccountState.ACTIVE)
    assert (await asked(shop, seller)).json()["code"] == "insufficient-funds"


async def test_what_is_said_of_an_account_late_changes_nothing(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller = await earner(shop, provider)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    event = await is_now(shop, provider, seller, AccountState.RESTRICTED, at=yesterday)
    assert await outcome_of(shop, event) == "nothing_new"
    assert (await shop.get("/v1/payout-account", seller)).json()["state"] == "active"


async def disputed_payer(shop: ApiClient, provider: PaperPayouts) -> Person:
    """Somebody with 25.00 EUR in their wallet, of which their bank disputes 20.00 EUR."""
    who = await earner(shop, provider, 500)
    pay_in = (await started(shop, who, amount=2_000)).json()
    await tell(shop, said(ProviderEventKind.PAY_IN_PAID, pay_in))
    await ended(shop, who, pay_in, "paid")
    disputed = said(ProviderEventKind.DISPUTE_OPENED, pay_in, reference=f"d-{pay_in['id']}")
    await tell(shop, disputed)
    assert await outcome_of(shop, disputed) == "applied"
    return who


async def test_what_a_bank_disputes_is_not_paid_out(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    who = await disputed_payer(shop, provider)
    wallet = (await shop.get("/v1/wallet", who)).json()
    assert (wallet["available"], wallet["disputed"]) == ([eur(500)], [eur(2_000)])
    refused = await asked(shop, who, 501)
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient-funds")
    assert "what keeps the rest" in refused.json()["detail"]
    assert (await asked(shop, who, 500)).status_code == 201


async def test_nobody_elses_payout_is_seen_or_taken_back(
    shop: ApiClient, provider: PaperPayouts
) -> None:
    seller, other = await earner(shop, provider), somebody("other")
    payout = (await asked(shop, seller)).json()
    assert (await shop.get(f"/v1/payouts/{payout['id']}", other)).status_code == 404
    for who in (other, OPERATOR):
        answer = await shop.post(f"/v1/payouts/{payout['id']}/cancel", who)
        assert answer.status_code == 404
    assert (await shop.get(f"/v1/payouts?user_id={seller.id}", other)).status_code == 403
    assert (await shop.get("/v1/payouts", other)).json()["items"] == []
    for who, query in ((seller, "?state=pending"), (OPERATOR, f"?user_id={seller.id}")):
        listed = (await shop.get(f"/v1/payouts{query}", who)).json()["items"]
        assert [one["id"] for one in listed] == [payout["id"]]
    assert (await shop.get("/v1/payouts?state=paid", seller)).json()["items"] == []


async def test_without_a_provider_whoever_asks_is_told_so(app: AppUnderTest) -> None:
    for method, path, body in (
        ("POST", "/v1/payouts", eur(1)),
        ("POST", "/v1/payout-account", {"return_url": BACK}),
        ("GET", "/v1/payout-account", None),
    ):
        answer = await app.api.call(method, path, somebody("seller"), body, key=str(uuid4()))
        assert (answer.status_code, answer.json()["code"]) == (409, "no-payment-provider")
