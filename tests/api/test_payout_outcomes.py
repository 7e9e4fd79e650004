"""What becomes of a payout is what the provider answers, whatever is lost, comes twice or late;
what does not arrive is in the wallet again."""

import asyncio
from uuid import uuid4

import pytest

from activities.payouts import PayoutActivities, PayoutRef
from domain.payments import PayoutState, ProviderEventKind
from providers.protocol import ProviderAway
from tests.api.answers import Json
from tests.api.test_pay_ins import held, outcome_of, tell
from tests.api.test_payouts import (
    ACCOUNT,
    CANCELLED,
    FAILED,
    PAID,
    asked,
    at_rest,
    come_to,
    earner,
    found,
    handed_over,
    held_up,
    on_its_way,
    paid,
    times,
    wrong,
)
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Person, eventually
from tests.contract import eur
from tests.providers.paper_payouts import PaperPayouts, said_of_payout
from worker import paying_worker


@pytest.mark.parametrize("kind", [PAID, FAILED, CANCELLED, ACCOUNT])
async def test_what_is_not_known_here_is_kept_for_a_person(
    kind: ProviderEventKind, payout_shop: ApiClient
) -> None:
    unknown = {"id": str(uuid4()), "amount": eur(500)}
    event = said_of_payout(kind, unknown, account={"state": "active", "asked": []})
    assert (await tell(payout_shop, event)).status_code == 200
    assert await outcome_of(payout_shop, event) == "theirs_only"


@pytest.mark.parametrize(
    ("kind", "state"), [(FAILED, PayoutState.FAILED), (CANCELLED, PayoutState.CANCELLED)]
)
async def test_what_does_not_arrive_is_in_the_wallet_again_and_its_owner_is_told(
    kind: ProviderEventKind,
    state: PayoutState,
    app: AppUnderTest,
    payout_shop: ApiClient,
    payer: PaperPayouts,
) -> None:
    seller, payout = await on_its_way(payout_shop, payer)
    payer.goes_on(payout, state, "the bank knows no such account")
    for _ in range(2):
        await tell(payout_shop, said_of_payout(kind, payout))
    ended = await come_to(payout_shop, seller, payout, state.value)
    assert ended["reason"] == "the bank knows no such account"
    assert await held(payout_shop, seller) == [eur(2_000)]
    inbox = (await payout_shop.get("/v1/notifications", seller)).json()["items"]
    assert "the bank knows no such account" in " ".join(inbox[0]["text"])
    assert await wrong(app, seller, payout) == []


async def test_what_was_paid_and_returns_days_later_is_in_the_wallet_once(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payout = await at_rest(app, await paid(payout_shop, payer, seller))
    payer.goes_on(payout, PayoutState.FAILED, "the account is closed")
    events = [said_of_payout(FAILED, payout) for _ in range(3)]
    await asyncio.gather(*(tell(payout_shop, one) for one in events * 2))
    await come_to(payout_shop, seller, payout, "returned")
    outcomes = sorted([await outcome_of(payout_shop, one) for one in events])
    assert set(outcomes) <= {"applied", "nothing_new"}
    assert "applied" in outcomes
    assert await held(payout_shop, seller) == [eur(2_000)]
    assert await wrong(app, seller, payout) == []


async def failed(shop: ApiClient, payer: PaperPayouts) -> tuple[Person, Json]:
    """A payout that did not arrive, and whose it is."""
    seller, payout = await on_its_way(shop, payer)
    payer.goes_on(payout, PayoutState.FAILED)
    await tell(shop, said_of_payout(FAILED, payout))
    await come_to(shop, seller, payout, "failed")
    return seller, payout


async def test_what_returned_before_it_was_said_to_be_paid_stays_back(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await failed(payout_shop, payer)
    late = said_of_payout(PAID, payout)
    await tell(payout_shop, late)
    assert await outcome_of(payout_shop, late) == "nothing_new"
    assert (await found(payout_shop, seller, payout))["state"] == "failed"
    assert await held(payout_shop, seller) == [eur(2_000)]
    assert await wrong(app, seller, payout) == []


async def test_what_the_provider_contradicts_itself_in_is_for_a_person(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await failed(payout_shop, payer)
    payer.goes_on(payout, PayoutState.PAID)
    again = said_of_payout(PAID, payout)
    await tell(payout_shop, again)
    assert await outcome_of(payout_shop, again) == "differs"
    assert await held(payout_shop, seller) == [eur(2_000)]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"money": {"amount": 1_499, "currency": "EUR"}}, "differs"),
        ({"money": {"amount": 1_500, "currency": "USD"}}, "differs"),
        ({"reference": "out-another"}, "theirs_only"),
        ({"money": None}, "nothing_new"),
    ],
    ids=["less", "another currency", "a second one under the same id", "without an amount"],
)
async def test_what_is_told_is_asked_about_before_it_counts(
    changes: Json, outcome: str, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await on_its_way(payout_shop, payer)
    event = said_of_payout(PAID, payout, **changes)
    await tell(payout_shop, event)
    assert await outcome_of(payout_shop, event) == outcome
    assert (await found(payout_shop, seller, payout))["state"] == "pending"
    assert await held(payout_shop, seller) == [eur(500)]


async def test_an_answer_that_is_lost_pays_nobody_twice(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.lost = 2
    payout = (await asked(payout_shop, seller)).json()
    known = await handed_over(payout_shop, seller, payout)
    assert (known["attempts"], times(payer, payout)) == (3, 3)
    assert [one for one in payer.out if one.endswith(payout["id"])] == [f"out-{payout['id']}"]
    assert await held(payout_shop, seller) == [eur(500)]
    assert await wrong(app, seller, payout) == []


async def test_a_worker_that_dies_at_the_provider_is_followed_by_one_that_asks_for_the_same(
    app: AppUnderTest, payer: PaperPayouts
) -> None:
    async with app.with_settings(relay_pause=0.05) as shop:
        seller = await earner(shop, payer)
        payer.held_up = asyncio.Event()
        async with paying_worker(app.temporal, app.pool, payer):
            payout = (await asked(shop, seller)).json()
            await payer.is_asked.wait()
        payer.goes_on(payout, PayoutState.PAID)
        early = said_of_payout(PAID, payout)
        await tell(shop, early)
        payer.held_up.set()
        async with paying_worker(app.temporal, app.pool, payer):
            await come_to(shop, seller, payout, "paid")
            assert await outcome_of(shop, early) == "applied"
        assert times(payer, payout) >= 2
        assert await held(shop, seller) == [eur(500)]
        assert await wrong(app, seller, payout) == []


async def test_what_the_provider_refuses_is_in_the_wallet_again(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.refuses = "too little on paper"
    payout = (await asked(payout_shop, seller)).json()
    ended = await come_to(payout_shop, seller, payout, "failed")
    assert ended["reason"] == "too little on paper"
    assert await held(payout_shop, seller) == [eur(2_000)]
    odd = said_of_payout(PAID, payout)
    payer.refuses = ""
    await tell(payout_shop, odd)
    assert await outcome_of(payout_shop, odd) == "differs"
    assert await wrong(app, seller, payout) == []


async def test_what_is_stuck_at_the_provider_is_shown_and_not_given_back(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller, payout = await held_up(payout_shop, payer, "their account is empty")
    assert (payout["state"], payout["reason"]) == ("pending", "their account is empty")
    assert await held(payout_shop, seller) == [eur(500)]
    payer.stuck = ""
    payer.goes_on(payout, PayoutState.FAILED, "closed")
    await come_to(payout_shop, seller, payout, "failed")
    assert await held(payout_shop, seller) == [eur(2_000)]


async def test_while_the_provider_is_away_a_payout_waits_for_it(
    payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payer.away = True
    payout = (await asked(payout_shop, seller)).json()
    await eventually(lambda: found(payout_shop, seller, payout), lambda one: one["attempts"] > 1)
    assert (await found(payout_shop, seller, payout))["state"] == "pending"
    payer.away = False
    await handed_over(payout_shop, seller, payout)
    assert len([one for one in payer.out if payout["id"] in one]) == 1


async def test_what_the_provider_does_not_say_it_is_asked(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    _, payout = await on_its_way(payout_shop, payer)
    asking, ref = PayoutActivities(app.pool, payer), PayoutRef(id=payout["id"])
    assert await asking.carry_payout(ref) is PayoutState.PENDING
    payer.goes_on(payout, PayoutState.PAID)
    for _ in range(2):
        assert await asking.carry_payout(ref) is PayoutState.PAID
    late = said_of_payout(PAID, payout)
    await tell(payout_shop, late)
    assert await outcome_of(payout_shop, late) == "nothing_new"
    assert await asking.carry_payout(PayoutRef(id=str(uuid4()))) is None


async def test_of_what_was_paid_to_an_account_that_is_gone_nothing_more_is_waited_for(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    seller = await earner(payout_shop, payer)
    payout = await paid(payout_shop, payer, seller)
    looking, ref = PayoutActivities(app.pool, payer), PayoutRef(id=payout["id"])
    payer.refuses = "there is no such account"
    assert await looking.carry_payout(ref) is PayoutState.PAID
    silence = (await found(payout_shop, OPERATOR, payout))["silence"]
    assert silence["because"] == "there is no such account"
    # What has to be known before the books are right is asked for until it is told.
    payer.refuses, payer.stuck = "", "their account is empty"
    with pytest.raises(ProviderAway, match="empty"):
        await looking.carry_payout(ref)
