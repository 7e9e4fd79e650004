"""A crowd under one key is one request, whichever API it comes to."""

import asyncio
from collections import Counter
from typing import Any

from api.answers import Answer
from db import idempotency
from db.idempotency import Key
from db.pool import transaction
from tests.api.assertions import extra_id, journal
from tests.api.conftest import AnotherApi, OrderIn
from tests.api.keyed import ordered, orders_of, said
from tests.app_under_test import OPERATOR, AppUnderTest, Json, OrderInPlay, Person, somebody
from tests.contract import eur

CROWD = 30


async def test_thirty_equal_orders_at_once_are_one(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    answers = await asyncio.gather(*(ordered(app, in_play, "crowd") for _ in range(CROWD)))
    assert {201: CROWD} == Counter(answer.status_code for answer in answers)
    assert 1 == len({said(answer) for answer in answers})
    assert (2, 6_000) == (await orders_of(app, in_play.buyer), await app.api.balance(in_play.buyer))


async def test_thirty_equal_top_ups_at_once_are_one(app: AppUnderTest) -> None:
    who = somebody("somebody")
    path = f"/v1/wallets/{who.id}/top-ups"
    answers = await asyncio.gather(
        *(app.api.post(path, OPERATOR, eur(500), key=who.id) for _ in range(CROWD))
    )
    assert {201: CROWD} == Counter(answer.status_code for answer in answers)
    assert 1 == len({said(answer) for answer in answers})
    assert 500 == await app.api.balance(who)


async def crowded(
    app: AppUnderTest, in_play: OrderInPlay, action: str, who: Person, body: Json | None
) -> Any:
    return await asyncio.gather(
        *(app.api.act(in_play.order, action, who, body, key="crowd") for _ in range(CROWD))
    )


async def test_thirty_equal_actions_at_once_are_one(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    answers = await crowded(app, in_play, "buy_extra", in_play.buyer, extra_id(in_play))
    assert {200: CROWD} == Counter(answer.status_code for answer in answers)
    assert 1 == len({said(answer) for answer in answers})
    assert (7_500, 3) == (await app.api.balance(in_play.buyer), len(await journal(in_play)))


async def test_thirty_equal_refused_actions_at_once_are_one(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(money=2_000)).reach("in_progress")
    answers = await crowded(app, in_play, "buy_extra", in_play.buyer, extra_id(in_play))
    assert {402: CROWD} == Counter(answer.status_code for answer in answers)
    assert 1 == len({said(answer) for answer in answers})
    assert 3 == len(await journal(in_play))


async def test_of_two_answers_under_a_key_the_first_is_kept(app: AppUnderTest) -> None:
    caller = somebody("somebody").id
    async with transaction(app.pool) as acquired:
        key = Key(caller, "key", b"print")
        await idempotency.claim(acquired, key)
        kept = [
            await idempotency.keep(acquired, key, Answer(200, body)) for body in ("first", "second")
        ]
    assert ["first"] * 2 == [answer.body for answer in kept]


async def test_an_answer_is_not_anothers_whose_key_it_is_by_now(app: AppUnderTest) -> None:
    """A key can expire while what came under it is answered, and be used anew before it is."""
    caller = somebody("somebody").id
    first, another = (Key(caller, "key", print_of_it) for print_of_it in (b"first", b"another"))
    async with transaction(app.pool) as acquired:
        await idempotency.claim(acquired, another)
        for _ in range(2):  # before the other one is answered, and after it
            late = await idempotency.keep(acquired, first, Answer(200, "first"))
            assert late.body == "first"
            own = await idempotency.keep(acquired, another, Answer(200, "another"))
            assert own.body == "another"


async def test_two_apis_share_their_keys(
    app: AppUnderTest, order_in: OrderIn, another_api: AnotherApi
) -> None:
    in_play = await order_in("pending")
    apis = [app.api, await another_api()] * 5
    body = {"service_id": in_play.service["id"], "brief": "Once."}
    answers = await asyncio.gather(
        *(api.post("/v1/orders", in_play.buyer, body, key="shared") for api in apis)
    )
    assert {201: 10} == Counter(answer.status_code for answer in answers)
    assert 1 == len({said(answer) for answer in answers})
    assert 6_000 == await app.api.balance(in_play.buyer)


async def test_a_crowd_of_different_bodies_under_one_key_has_one_winner(app: AppUnderTest) -> None:
    who = somebody("somebody")
    path = f"/v1/wallets/{who.id}/top-ups"
    answers = await asyncio.gather(
        *(app.api.post(path, OPERATOR, eur(number + 1), key=who.id) for number in range(CROWD))
    )
    won = [answer for answer in answers if answer.status_code == 201]
    assert {201: 1, 422: CROWD - 1} == Counter(answer.status_code for answer in answers)
    assert won[0].json()["amount"]["amount"] == await app.api.balance(who)


async def test_a_crowd_under_one_key_does_not_shut_others_out(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    crowd = asyncio.create_task(
        crowded(app, in_play, "buy_extra", in_play.buyer, extra_id(in_play))
    )
    await asyncio.sleep(0.2)
    answer = await app.api.get("/v1/wallet", somebody("somebody"))
    await crowd
    assert 200 == answer.status_code
