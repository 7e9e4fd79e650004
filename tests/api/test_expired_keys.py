"""An Idempotency-Key that has expired: what comes under it is a new request, judged anew. What was
paid is not paid again."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest

from db import pruning
from db.pool import Connection, connection
from domain.duration import KEPT_AT_LEAST
from tests import aging
from tests.api.assertions import code, extra_id, journal, wallets
from tests.app_under_test import OPERATOR, AppUnderTest, Json, is_noted, is_told, somebody
from tests.contract import eur

REUSED = (422, "idempotency-key-reused")


@pytest.fixture
async def owner(app: AppUnderTest) -> AsyncIterator[Connection]:
    """A superuser's connection to the app's database."""
    opened = await asyncpg.connect(app.database_url)
    yield opened
    await opened.close()


async def expire(app: AppUnderTest, owner: Connection, key: str) -> None:
    """A key grows too old, and a night passes."""
    await aging.keys(owner, key, 31)
    async with connection(app.pool) as acquired:
        assert await pruning.expired_keys(acquired, 100) == 1


async def test_an_extra_is_not_paid_twice_though_its_order_runs_on(
    app: AppUnderTest, owner: Connection
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    key = f"extra {in_play.order['id']}"
    bought = await app.api.act(
        in_play.order, "buy_extra", in_play.buyer, extra_id(in_play), key=key
    )
    await expire(app, owner, key)
    again = await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play), key=key)
    assert (200, 409) == (bought.status_code, again.status_code)
    assert "Idempotency-Replayed" not in again.headers
    assert (7_500, 4) == ((await wallets(in_play))[0], len(await journal(in_play)))
    third = await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play), key=key)
    assert "true" == third.headers["Idempotency-Replayed"]


async def test_an_order_is_not_ended_twice(app: AppUnderTest, owner: Connection) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    key = f"end {in_play.order['id']}"
    answers = [await app.api.act(in_play.order, "complete", in_play.buyer, key=key)]
    await expire(app, owner, key)
    answers.append(await app.api.act(in_play.order, "complete", in_play.buyer, key=key))
    assert [200, 409] == [answer.status_code for answer in answers]
    assert (8_000, 1_600) == await wallets(in_play)


async def moved(app: AppUnderTest, what: str, user_id: str, body: Json, key: str) -> httpx.Response:
    """The payment provider's word."""
    return await app.api.post(f"/v1/wallets/{user_id}/{what}", OPERATOR, body, key=key)


@pytest.mark.parametrize(("what", "holds"), [("top-ups", 3_000), ("payouts", 0)])
async def test_money_from_and_to_the_world_moves_once_for_ever(
    what: str, holds: int, app: AppUnderTest, owner: Connection
) -> None:
    who = somebody("somebody")
    await app.api.top_up(who, 1_500)
    key = f"{what} {who.id}"
    first = await moved(app, what, who.id, eur(1_500), key)
    await expire(app, owner, key)
    again = await moved(app, what, who.id, eur(1_500), key)
    assert (201, 201) == (first.status_code, again.status_code)
    assert first.json() == again.json()
    assert holds == await app.api.balance(who)


@pytest.mark.parametrize("what", ["top-ups", "payouts"])
@pytest.mark.parametrize(
    "other", [{"amount": 1_501}, {"currency": "USD"}, {"user": "another"}], ids=str
)
async def test_another_movement_under_an_expired_key_is_refused_as_before(
    what: str, other: Json, app: AppUnderTest, owner: Connection
) -> None:
    people = {name: somebody(name) for name in ("one", "another")}
    for who in people.values():
        await app.api.top_up(who, 5_000)
        await app.api.top_up(who, 5_000, "USD")
    key = f"{what} {people['one'].id}"
    assert 201 == (await moved(app, what, people["one"].id, eur(1_500), key)).status_code
    await expire(app, owner, key)
    held = [await app.api.balance(who, "USD") for who in people.values()]
    other = dict(other)
    user = people[other.pop("user", "one")]
    answer = await moved(app, what, user.id, {**eur(1_500), **other}, key)
    assert REUSED == code(answer)
    assert held == [await app.api.balance(who, "USD") for who in people.values()]


async def test_a_new_order_under_an_expired_key_is_a_new_order(
    app: AppUnderTest, owner: Connection
) -> None:
    in_play = await app.place_order()
    body = {"service_id": in_play.service["id"], "brief": "Another."}
    key = f"order {in_play.order['id']}"
    first = await app.api.post("/v1/orders", in_play.buyer, body, key=key)
    await expire(app, owner, key)
    second = await app.api.post("/v1/orders", in_play.buyer, body, key=key)
    assert (201, 201) == (first.status_code, second.status_code)
    assert first.json()["id"] != second.json()["id"]


async def test_what_people_read_of_an_order_that_was_pruned_is_the_order_as_before(
    app: AppUnderTest, owner: Connection
) -> None:
    """An offer that was paid keeps its title, which its seller's request has."""
    in_play = await (await app.place_order()).reach("in_progress")
    offer = {"title": "A banner", "price": eur(500), "delivery_time": "P1D"}
    await in_play.act("make_offer", in_play.seller, offer)
    await in_play.act("accept_offer", in_play.buyer, {"offer_id": in_play.order["offer"]["id"]})
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    await is_noted(app, UUID(in_play.order["id"]))  # else it is written to after its proof
    await is_told(app, UUID(in_play.order["id"]))  # else it is not pruned
    paths = [f"/v1/orders/{in_play.order['id']}{part}" for part in ("", "/ledger")]
    before = [(await app.api.get(path, in_play.buyer)).json() for path in paths]
    await aging.ended(owner, in_play.order["id"], 401)
    before[0]["updated_at"] = (await in_play.now())["updated_at"]
    async with connection(app.pool) as acquired:
        await aging.proved(acquired)
        removed = await pruning.ended_orders(acquired, KEPT_AT_LEAST, 1_000)
    assert 0 < removed.requests
    assert before == [(await app.api.get(path, in_play.buyer)).json() for path in paths]
    assert "A banner" in [line["title"] for line in before[0]["lines"]]
    for path, who in (
        (f"{paths[0]}/events", in_play.buyer),
        (f"{paths[0]}/case", OPERATOR),
        ("/v1/notifications", in_play.seller),
        (f"/v1/sellers/{in_play.seller.id}/reputation", in_play.seller),
    ):
        answer = await app.api.get(path, who)
        assert 200 == answer.status_code, answer.text
    assert len(await journal(in_play)) == in_play.order["version"]
