"""People who act at the same moment: one wins, the others are told so, and money moves once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.api.assertions import SECOND_EXTRA, code, extra_id, journal, ledger, wallets
from tests.app_under_test import AppUnderTest, Json, OrderInPlay, Person
from tests.contract import eur

AT_A_TIME = 4
LOST = (409, "action-not-allowed")
MONEY = {"completed": (8_000, 1_600), "cancelled": (10_000, 0), "disputed": (8_000, 0)}
ENDS = {"complete": "completed", "cancel": "cancelled", "open_dispute": "disputed"}

Round = Callable[[AppUnderTest], Awaitable[None]]


async def at_once(
    in_play: OrderInPlay, *acts: tuple[str, Person, Json | None]
) -> list[tuple[int, str]]:
    """How each of the acts was answered."""
    answers = await asyncio.gather(
        *(in_play.api.act(in_play.order, action, who, body) for action, who, body in acts)
    )
    return [code(answer) for answer in answers]


async def three_at_once(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("revision_refused")
    acts = [
        ("complete", in_play.buyer, None),
        ("cancel", in_play.seller, None),
        ("open_dispute", in_play.buyer, {"reason": "It is not blue."}),
    ]
    said = await at_once(in_play, *acts)
    won = [action for (action, *_), (status, _) in zip(acts, said, strict=True) if status == 200]
    state = (await in_play.now())["state"]
    assert 1 == len(won)
    assert [LOST, LOST] == [answer for answer in said if answer[0] != 200]
    assert (ENDS[won[0]], MONEY[state]) == (state, await wallets(in_play))
    assert 2 == sum("✗ action-not-allowed" in line for line in await journal(in_play))
    assert 1 == sum(f": {won[0]} → {state}" in line for line in await journal(in_play))


async def accept_or_cancel(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    said = await at_once(in_play, ("accept", in_play.seller, None), ("cancel", in_play.buyer, None))
    state = "in_progress" if said[0][0] == 200 else "cancelled"
    assert {200: 1, 409: 1} == Counter(status for status, _ in said)
    assert state == (await in_play.now())["state"]
    assert (8_000 if state == "in_progress" else 10_000, 0) == await wallets(in_play)


async def the_same_extra_twice(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    buy = ("buy_extra", in_play.buyer, extra_id(in_play))
    said = await at_once(in_play, buy, buy)
    assert {200: 1, 409: 1} == Counter(status for status, _ in said)
    assert 7_500 == await app.api.balance(in_play.buyer)
    assert ["hold: buyer → escrow 2000", "hold: buyer → escrow 500"] == await ledger(in_play)


async def two_extras_with_money_for_one(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(money=2_700)).reach("in_progress")
    said = await at_once(
        in_play,
        ("buy_extra", in_play.buyer, extra_id(in_play)),
        ("buy_extra", in_play.buyer, extra_id(in_play, SECOND_EXTRA)),
    )
    bought = 500 if said[0][0] == 200 else 700
    assert {200: 1, 402: 1} == Counter(status for status, _ in said)
    assert eur(2_000 + bought) == (await in_play.now())["total"]
    assert 700 - bought == await app.api.balance(in_play.buyer)


async def two_orders_with_money_for_one(app: AppUnderTest) -> None:
    in_play = await app.place_order(money=4_000)
    body = {"service_id": in_play.service["id"], "brief": "Another one."}
    answers = await asyncio.gather(
        *(app.api.post("/v1/orders", in_play.buyer, body, key=f"{n}") for n in range(3))
    )
    assert {201: 1, 402: 2} == Counter(answer.status_code for answer in answers)
    assert 0 == await app.api.balance(in_play.buyer)


async def two_tabs_with_the_same_version(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    answers = await asyncio.gather(
        *(
            app.api.act(
                in_play.order, "buy_extra", in_play.buyer, extra_id(in_play, extra), if_match='"2"'
            )
            for extra in (0, SECOND_EXTRA)
        )
    )
    assert {200: 1, 412: 1} == Counter(answer.status_code for answer in answers)
    assert 3 == (await in_play.now())["version"]


async def mediators_and_an_operator(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("disputed")
    said = await at_once(
        in_play,
        ("resolve", Person("a-mediator", ("mediator",)), {"outcome": "pay_seller", "reasons": "."}),
        ("resolve", Person("b-mediator", ("mediator",)), {"outcome": "refund", "reasons": "."}),
        ("cancel", Person("an-operator", ("operator",)), None),
    )
    state = (await in_play.now())["state"]
    assert {200: 1, 409: 2} == Counter(status for status, _ in said)
    assert MONEY[state] == await wallets(in_play)


@pytest.mark.parametrize(
    ("one", "rounds"),
    [
        (three_at_once, 8),
        (accept_or_cancel, 4),
        (the_same_extra_twice, 2),
        (two_extras_with_money_for_one, 2),
        (two_orders_with_money_for_one, 4),
        (two_tabs_with_the_same_version, 2),
        (mediators_and_an_operator, 2),
    ],
)
async def test_at_once_one_wins_and_the_others_are_told(
    app: AppUnderTest, one: Round, rounds: int
) -> None:
    for _ in range(0, rounds, AT_A_TIME):
        await asyncio.gather(*(one(app) for _ in range(min(rounds, AT_A_TIME))))


async def test_the_second_of_two_tabs_is_told_that_the_order_has_moved_on(
    app: AppUnderTest,
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    seen = (await app.api.get(f"/v1/orders/{in_play.order['id']}", in_play.buyer)).headers["ETag"]
    bought, refused = [
        await app.api.act(
            in_play.order, "buy_extra", in_play.buyer, extra_id(in_play, extra), if_match=seen
        )
        for extra in (0, SECOND_EXTRA)
    ]
    assert (200, (412, "version-mismatch")) == (bought.status_code, code(refused))
    assert 7_500 == await app.api.balance(in_play.buyer)


@pytest.mark.parametrize("end", ["complete", "request_revision"])
async def test_a_tab_on_an_order_that_moved_to_another_state_is_told_so_too(
    app: AppUnderTest, end: str
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    body = {"reason": "Bluer."} if end == "request_revision" else None
    await in_play.act(end, in_play.buyer, body)
    stale = await app.api.act(
        in_play.order, "buy_extra", in_play.buyer, extra_id(in_play), if_match='"3"'
    )
    assert (412, "version-mismatch") == code(stale)


@pytest.mark.parametrize("etag", ['"2"', 'W/"1", "2"', "*"])
async def test_a_version_that_is_still_true_lets_the_action_pass(
    app: AppUnderTest, etag: str
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    answer = await app.api.act(in_play.order, "cancel", in_play.seller, if_match=etag)
    assert (200, '"3"') == (answer.status_code, answer.headers["ETag"])
