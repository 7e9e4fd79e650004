"""The platform's own accounts: kept as they move, and its commission taken out as far as it was
earned."""

import asyncio
from itertools import count, pairwise

import httpx
import pytest

from tests.api.assertions import code
from tests.api.test_reversals import NOT_REVERSIBLE, reverse
from tests.api.test_transfers import listed
from tests.app_under_test import OPERATOR, AppUnderTest, Json

SHORT = (402, "insufficient-funds")
_numbers = count()


async def held(app: AppUnderTest, currency: str = "EUR") -> dict[str, int]:
    """What the accounts of each kind hold in a currency, in minor units."""
    answer = await app.api.get("/v1/accounts", OPERATOR)
    assert 200 == answer.status_code, answer.text
    return {
        kind: sum(one["amount"] for one in sums if one["currency"] == currency)
        for kind, sums in answer.json().items()
    }


async def take(
    app: AppUnderTest, amount: int, currency: str = "EUR", **more: str
) -> httpx.Response:
    body = {"amount": amount, "currency": currency, **more}
    path = "/v1/accounts/commission/payouts"
    return await app.api.post(path, OPERATOR, body, key=f"take-{next(_numbers)}")


async def earned(app: AppUnderTest) -> int:
    """What is there to be taken, with 4.00 EUR of one order at least."""
    await (await app.place_order()).reach("completed")
    return (await held(app))["commission"]


async def test_they_follow_an_order_to_the_cent(app: AppUnderTest) -> None:
    seen = [await held(app)]
    in_play = await app.place_order(money=5_000)
    seen.append(await held(app))
    await in_play.reach("completed")
    seen.append(await held(app))
    assert [0, 0, 0] == [sum(one.values()) for one in seen]
    changes = [
        {kind: after[kind] - before[kind] for kind in after} for before, after in pairwise(seen)
    ]
    untouched = {"payout_pending": 0, "receivable": 0}
    assert [
        {"escrow": 2_000, "commission": 0, "wallets": 3_000, "world": -5_000, **untouched},
        {"escrow": -2_000, "commission": 400, "wallets": 1_600, "world": 0, **untouched},
    ] == changes


async def test_commission_is_taken_out_and_found_again(app: AppUnderTest) -> None:
    before = await earned(app)
    answer = await take(app, 150, reference="may-2026")
    assert 201 == answer.status_code, answer.text
    made = answer.json()
    assert ("commission_payout", None, None, "may-2026") == (
        *(made[name] for name in ("kind", "user_id", "balance", "reference")),
    )
    assert made in await listed(app, "kind=commission_payout&reference=may-2026")
    assert before - 150 == (await held(app))["commission"]


async def test_no_more_is_taken_than_was_earned_and_is_left(app: AppUnderTest) -> None:
    there = await earned(app)
    assert SHORT == code(await take(app, there + 1))
    assert 201 == (await take(app, there)).status_code
    assert SHORT == code(await take(app, 1))
    assert 0 == (await held(app))["commission"]
    assert SHORT == code(await take(app, 1, "JPY"))


async def test_of_many_at_once_so_many_are_paid_as_was_earned(app: AppUnderTest) -> None:
    there = await earned(app)
    part = there // 3
    answers = await asyncio.gather(*(take(app, part) for _ in range(10)))
    assert [201] * 3 + [402] * 7 == sorted(one.status_code for one in answers)
    assert there - 3 * part == (await held(app))["commission"]


async def test_a_payout_under_one_key_is_paid_once(app: AppUnderTest) -> None:
    there = await earned(app)
    path, key = "/v1/accounts/commission/payouts", f"one-take-{next(_numbers)}"
    body = {"amount": 7, "currency": "EUR"}
    answers = await asyncio.gather(*(app.api.post(path, OPERATOR, body, key=key) for _ in range(5)))
    assert 1 == len({(one.status_code, one.text) for one in answers})
    assert there - 7 == (await held(app))["commission"]
    unkeyed = await app.api.post(path, OPERATOR, body)
    assert (400, "idempotency-key-required") == code(unkeyed)


async def test_a_payout_of_commission_comes_back_once(app: AppUnderTest) -> None:
    there = await earned(app)
    made = (await take(app, there)).json()
    back = await reverse(app, made["id"])
    assert 201 == back.status_code, back.text
    assert ("reversal", None, made["id"]) == (
        *(back.json()[name] for name in ("kind", "user_id", "reverses")),
    )
    assert there == (await held(app))["commission"]
    assert NOT_REVERSIBLE == code(await reverse(app, made["id"]))
    assert there == (await held(app))["commission"]


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0, "currency": "EUR"},
        {"amount": -1, "currency": "EUR"},
        {"amount": 10_000_000_001, "currency": "EUR"},
        {"amount": 1.5, "currency": "EUR"},
        {"amount": 1, "currency": "ABC"},
        {"amount": 1, "currency": "eur"},
        {"amount": 1},
        {"currency": "EUR"},
        {"amount": 1, "currency": "EUR", "user_id": "ana"},
        {"amount": 1, "currency": "EUR", "reference": ""},
    ],
)
async def test_what_cannot_be_taken_out_is_refused(app: AppUnderTest, body: Json) -> None:
    path = "/v1/accounts/commission/payouts"
    answer = await app.api.post(path, OPERATOR, body, key=f"odd-{next(_numbers)}")
    assert (422, "invalid-request") == code(answer)
