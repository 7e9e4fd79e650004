"""Money out: it leaves at most once, and what does not arrive is back before anybody is told so."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.payments import PayoutState
from providers.protocol import (
    AccountGone,
    FoundPayout,
    ProviderAway,
    ProviderRefused,
    ProviderStuck,
)
from providers.stripe import StripeProvider, payouts
from tests.app_under_test import eventually
from tests.providers.acts import Till, euros

EVERY = ("POST /v1/transfers", "POST /v1/payouts", "GET /v1/transfers", "GET /v1/payouts")
PAID_OUT = {"platform": 0, "accounts": 0, "paid_out": 10_000}
IS_BACK = {"platform": 10_000, "accounts": 0, "paid_out": 0}


async def expect(till: Till, held: dict[str, int]) -> None:
    """The fake holds so much, and where."""
    books = await till.held()
    assert held == {name: books[name] for name in held}


async def test_money_goes_to_the_account_and_on_to_its_bank(till: Till) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    assert (sent.state, sent.reason) == (PayoutState.PENDING, None)
    await expect(till, PAID_OUT)
    for state, expected in (("in_transit", PayoutState.PENDING), ("paid", PayoutState.PAID)):
        await till.fake.does(f"payouts/{sent.reference}/{state}")
        assert (await till.found(payout, sent)).state is expected


async def test_part_of_what_is_there_leaves_the_rest(till: Till) -> None:
    payout = replace(await till.ready(), money=euros(4000))
    await till.sent(payout)
    await expect(till, {"platform": 6000, "accounts": 0, "paid_out": 4000})


@pytest.mark.parametrize("later", [False, True], ids=["at_once", "after_a_day"])
async def test_the_same_payout_leaves_once(later: bool, till: Till) -> None:
    payout = await till.ready(20_000)
    payout = replace(payout, money=euros(10_000))
    first = await till.sent(payout)
    if later:
        await till.fake.does("forgotten-keys")
    assert first == await till.sent(payout)
    await expect(till, {**PAID_OUT, "platform": 10_000})


async def test_two_at_once_leave_once(till: Till) -> None:
    payout = replace(await till.ready(20_000), money=euros(10_000))
    answers = await asyncio.gather(*(till.sent(payout) for _ in range(4)), return_exceptions=True)
    assert {type(one) for one in answers} <= {FoundPayout, ProviderAway}
    await till.sent(payout)
    await expect(till, {**PAID_OUT, "platform": 10_000})


@pytest.mark.parametrize("later", [False, True], ids=["at_once", "after_a_day"])
@pytest.mark.parametrize("call", EVERY)
async def test_a_reply_that_was_lost_sends_nothing_twice(
    call: str, later: bool, till: Till
) -> None:
    payout = replace(await till.ready(20_000), money=euros(10_000))
    await till.fake.fails(lost_replies=1, call=call)
    with pytest.raises(ProviderAway):
        await till.sent(payout)
    if later:
        await till.fake.does("forgotten-keys")
    assert (await till.sent(payout)).state is PayoutState.PENDING
    await expect(till, {**PAID_OUT, "platform": 10_000})


@pytest.mark.parametrize("call", EVERY)
@pytest.mark.parametrize("trouble", ["rate_limited", "broken", "forbidden"])
async def test_trouble_at_any_call_is_asked_again(trouble: str, call: str, till: Till) -> None:
    payout = await till.ready()
    await till.fake.fails(call=call, **{trouble: 1})
    with pytest.raises(ProviderAway):
        await till.sent(payout)
    assert (await till.sent(payout)).state is PayoutState.PENDING
    await expect(till, PAID_OUT)


async def test_a_provider_that_is_away_for_a_day_pays_once(till: Till) -> None:
    payout = await till.ready()
    await till.fake.fails(lost_replies=1, call="POST /v1/payouts")
    with pytest.raises(ProviderAway):
        await till.sent(payout)
    await till.fake.fails(outage=True)
    for _ in range(3):
        with pytest.raises(ProviderAway):
            await till.sent(payout)
    await till.fake.fails()
    await till.fake.does("forgotten-keys")
    await till.sent(payout)
    await expect(till, PAID_OUT)


async def test_a_key_that_is_changed_in_the_middle_refuses_nothing(till: Till) -> None:
    payout = await till.ready()
    await till.fake.fails(lost_replies=1, call="POST /v1/transfers")
    with pytest.raises(ProviderAway):
        await till.sent(payout)
    await till.fake.does("ways", keys=["sk_test_next"])
    # It is not known here that the money left: who takes this for a refusal gives it out twice.
    with pytest.raises(ProviderAway, match="SEQUESTRE_STRIPE_SECRET_KEY"):
        await till.sent(payout)
    renewed = StripeProvider("sk_test_next", [till.fake.secret], till.fake.url)
    await renewed.pay_out(payout)
    await renewed.aclose()
    await expect(till, PAID_OUT)


async def test_what_is_not_there_does_not_leave(till: Till) -> None:
    payout = replace(await till.ready(), money=euros(10_001))
    with pytest.raises(ProviderRefused, match="does not have this much available"):
        await till.sent(payout)
    await expect(till, IS_BACK)


async def test_what_is_still_pending_does_not_leave(till: Till) -> None:
    await till.fake.does("ways", settles_later=True)
    payout = await till.ready()
    with pytest.raises(ProviderRefused, match="does not have this much available"):
        await till.sent(payout)
    await till.fake.does("settled")
    with pytest.raises(ProviderRefused):  # what was refused stays so, under its name
        await till.sent(payout)
    await till.sent(replace(payout, id="payout-2"))
    await expect(till, PAID_OUT)


async def test_nothing_leaves_for_an_account_that_is_not_ready(till: Till) -> None:
    payout = await till.ready()
    await till.fake.does(f"accounts/{payout.account}/restricted")
    with pytest.raises(ProviderRefused, match="capabilities"):
        await till.sent(payout)
    await expect(till, IS_BACK)


async def test_what_is_refused_on_its_way_is_taken_back(till: Till) -> None:
    payout = await till.ready()
    await till.fake.fails(refused=1, call="POST /v1/payouts", refused_with="No bank account.")
    with pytest.raises(ProviderRefused, match=r"No bank account\."):
        await till.sent(payout)
    await expect(till, IS_BACK)
    # Whoever did not hear of it asks again: the wallet has its money back by then.
    with pytest.raises(ProviderRefused, match="taken back"):
        await till.sent(payout)
    await expect(till, IS_BACK)


@pytest.mark.parametrize("look", ["GET /v1/transfers", "GET /v1/payouts"])
async def test_a_refusal_to_say_what_has_left_is_none_of_the_payout(look: str, till: Till) -> None:
    payout = await till.ready()
    await till.fake.fails(lost_replies=1, call="POST /v1/transfers")
    with pytest.raises(ProviderAway):
        await till.sent(payout)
    await till.fake.fails(refused=1, call=look, refused_with="Not now.")
    # Who takes it for one has the money in the wallet and in the account.
    with pytest.raises(ProviderStuck, match=r"is not told: Not now\."):
        await till.sent(payout)
    assert (await till.sent(payout)).state is PayoutState.PENDING
    await expect(till, PAID_OUT)


async def test_what_failed_is_not_told_where_nobody_says_if_its_money_is_back(till: Till) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    await till.fake.does(f"payouts/{sent.reference}/failed")
    await till.fake.fails(refused=1, call="GET /v1/transfers", refused_with="Not now.")
    with pytest.raises(ProviderStuck, match="is not told"):
        await till.sent(payout)
    await expect(till, {"platform": 0, "accounts": 10_000, "paid_out": 0})
    assert (await till.found(payout, sent)).state is PayoutState.FAILED
    await expect(till, IS_BACK)


async def test_what_cannot_be_taken_back_is_not_told_as_failed(till: Till) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    await till.fake.does(f"payouts/{sent.reference}/failed")
    await till.fake.fails(refused=1, call="/reversals", refused_with="Not now.")
    with pytest.raises(ProviderStuck, match=r"cannot be taken back: Not now\."):
        await till.found(payout, sent)
    await expect(till, {"platform": 0, "accounts": 10_000, "paid_out": 0})
    assert (await till.found(payout, sent)).state is PayoutState.FAILED
    await expect(till, IS_BACK)


async def test_to_an_account_that_is_gone_nothing_leaves(till: Till) -> None:
    payout = await till.ready()
    await till.fake.does(f"accounts/{payout.account}/deleted")
    with pytest.raises(AccountGone, match="No such destination"):
        await till.sent(payout)
    await expect(till, IS_BACK)


async def test_what_has_left_for_an_account_that_is_gone_since_is_not_told_as_refused(
    till: Till,
) -> None:
    payout = await till.ready()
    await till.fake.fails(lost_replies=1, call="POST /v1/transfers")
    with pytest.raises(ProviderAway):
        await till.sent(payout)
    await till.fake.does(f"accounts/{payout.account}/deleted")
    with pytest.raises(ProviderStuck, match="was paid on is not told"):
        await till.sent(payout)


async def test_a_reversal_that_was_refused_is_asked_anew_an_hour_later(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payouts, "_hour", lambda: "this hour")  # however late in it this begins
    payout = await till.ready()
    sent = await till.sent(payout)
    await till.fake.does(f"payouts/{sent.reference}/failed")
    spent = await till.provider._stripe.payouts.create_async(
        {"amount": 10_000, "currency": "eur"}, {"stripe_account": payout.account}
    )
    with pytest.raises(ProviderStuck, match="Insufficient funds"):
        await till.found(payout, sent)
    await till.fake.does(f"payouts/{spent.id}/failed")
    # Stripe says again what it said under that key.
    with pytest.raises(ProviderStuck, match="Insufficient funds"):
        await till.found(payout, sent)
    monkeypatch.setattr(payouts, "_hour", lambda: "an hour later")
    assert (await till.found(payout, sent)).state is PayoutState.FAILED
    await expect(till, IS_BACK)


async def test_each_call_that_moves_money_has_a_key_of_ours(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payouts, "_hour", lambda: "2026113012")
    payout = await till.ready()
    keys: list[str] = []

    async def noted(request: httpx.Request) -> None:
        if request.method == "POST":
            keys.append(request.headers["Idempotency-Key"])

    till.provider._http._client_async.event_hooks["request"] = [noted]
    sent = await till.sent(payout)
    await till.provider.cancel_pay_out(payout.account, sent.reference)
    assert keys == [
        "sequestre-payout-payout-1-transfer",
        "sequestre-payout-payout-1-payout",
        f"sequestre-payout-{sent.reference}-cancel",
        "sequestre-payout-payout-1-reversal-2026113012",
    ]


@pytest.mark.parametrize("before", [[], ["in_transit"], ["in_transit", "paid"]])
async def test_what_comes_back_is_back_once_it_is_told(before: list[str], till: Till) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    for state in (*before, "failed"):
        await till.fake.does(f"payouts/{sent.reference}/{state}")
    await expect(till, {"platform": 0, "accounts": 10_000, "paid_out": 0})
    for _ in range(2):
        found = await till.found(payout, sent)
        assert (found.state, found.reason) == (
            PayoutState.FAILED,
            "The bank account has been closed.",
        )
        await expect(till, IS_BACK)
    assert found == await till.sent(payout)
    await expect(till, IS_BACK)


async def test_what_came_back_comes_back_once_though_the_reply_is_lost(till: Till) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    await till.fake.does(f"payouts/{sent.reference}/failed")
    await till.fake.fails(lost_replies=1, call="/reversals")
    with pytest.raises(ProviderAway):
        await till.found(payout, sent)
    await till.fake.does("forgotten-keys")
    assert (await till.found(payout, sent)).state is PayoutState.FAILED
    await expect(till, IS_BACK)


async def test_a_payout_is_cancelled_before_it_is_under_way(till: Till) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    for _ in range(2):
        found = await till.provider.cancel_pay_out(payout.account, sent.reference)
        assert found.state is PayoutState.CANCELLED
        await expect(till, IS_BACK)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("in_transit", PayoutState.PENDING), ("paid", PayoutState.PAID)],
)
async def test_a_payout_that_is_under_way_is_not_cancelled(
    state: str, expected: PayoutState, till: Till
) -> None:
    payout = await till.ready()
    sent = await till.sent(payout)
    await till.fake.does(f"payouts/{sent.reference}/{state}")
    found = await till.provider.cancel_pay_out(payout.account, sent.reference)
    assert found.state is expected
    await expect(till, PAID_OUT)


@pytest.mark.parametrize("other", ["money", "account"])
async def test_another_payout_of_the_same_name_stands_still(other: str, till: Till) -> None:
    payout = await till.ready(20_000)
    payout = replace(payout, money=euros(10_000))
    await till.sent(payout)
    account = await till.seller("samir")
    changed: dict[str, Any] = {"money": euros(9000), "account": account}
    with pytest.raises(ProviderStuck, match="not as it is asked for"):
        await till.sent(replace(payout, **{other: changed[other]}))
    await expect(till, {**PAID_OUT, "platform": 10_000})


async def test_payouts_are_paid_by_themselves_where_the_fake_is_told_so(till: Till) -> None:
    await till.fake.does("ways", payouts_after=0.05)
    payout = await till.ready()
    sent = await till.sent(payout)
    paid = await eventually(
        lambda: till.found(payout, sent), lambda found: found.state is PayoutState.PAID
    )
    assert paid.reference == sent.reference
