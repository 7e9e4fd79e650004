"""Orders, changes and archivings of one service at once: each order is placed on the terms of one
version whole, and none after its service was archived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.api.assertions import code
from tests.api.test_changed_services import an_extra, changed, listed, ordered, patched, shelved
from tests.app_under_test import ApiClient, AppUnderTest, Json, Person, eventually, somebody
from tests.contract import eur

VERSIONS, BUYERS = 8, 24


def terms(number: int, extra_id: str | None = None) -> Json:
    """A service of which everything says which version it is."""
    extra = an_extra(f"Extra {number}", 500 + number)
    return {
        "title": f"Logo {number}",
        "price": eur(2_000 + number),
        "delivery_time": f"P{1 + number}D",
        "extras": [{**extra, "id": extra_id} if extra_id else extra],
    }


def numbers_in(order: Json) -> set[int]:
    """Which versions an order with its extra speaks of."""
    service, extra = order["lines"]
    return {
        int(order["title"].removeprefix("Logo ")),
        int(service["title"].removeprefix("Logo ")),
        service["price"]["amount"] - 2_000,
        int(extra["title"].removeprefix("Extra ")),
        extra["price"]["amount"] - 500,
        (order["total"]["amount"] - 2_500) // 2,
    }


async def rich(api: ApiClient) -> Person:
    buyer = somebody("buyer")
    await api.top_up(buyer, 100_000)
    return buyer


@asynccontextmanager
async def somebody_at(app: AppUnderTest, *statements: str) -> AsyncIterator[asyncpg.Connection]:
    """While the block lasts, somebody has done this and not committed it; then they do. Gives an
    onlooker, who is in no transaction: within one, PostgreSQL shows others as they were."""
    owner, onlooker = [await asyncpg.connect(app.database_url) for _ in range(2)]
    try:
        async with owner.transaction():
            for statement in statements:
                await owner.execute(statement)
            yield onlooker
    finally:
        await owner.close()
        await onlooker.close()


async def waiting(onlooker: asyncpg.Connection, count: int) -> None:
    """Waits until so many wait for each other."""

    async def look() -> int:
        found: int = await onlooker.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        return found

    await eventually(look, lambda found: found >= count)


async def test_who_orders_while_it_is_changed_gets_the_new_terms_whole(app: AppUnderTest) -> None:
    buyer, seller = await rich(app.api), somebody("seller")
    service = await app.api.offer(seller, **terms(1))
    extra = service["extras"][0]["id"]
    change = (
        "UPDATE services SET title = 'Logo 2', price = 2002, version = version + 1"
        f" WHERE id = '{service['id']}'",
        f"UPDATE extras SET title = 'Extra 2', price = 502 WHERE id = '{extra}'",
    )
    async with somebody_at(app, *change) as onlooker:
        placing = asyncio.create_task(ordered(app.api, service, buyer, extra_ids=[extra]))
        await waiting(onlooker, 1)
    answer = await placing
    assert 201 == answer.status_code, answer.text
    assert {2} == numbers_in(answer.json())


async def test_who_orders_while_it_is_archived_is_refused(app: AppUnderTest) -> None:
    buyer, seller = await rich(app.api), somebody("seller")
    service = await app.api.offer(seller)
    archive = f"UPDATE services SET archived_at = now() WHERE id = '{service['id']}'"
    async with somebody_at(app, archive) as onlooker:
        placing = asyncio.create_task(ordered(app.api, service, buyer))
        await waiting(onlooker, 1)
    assert (409, "service-archived") == code(await placing)
    assert 100_000 == await app.api.balance(buyer)


async def test_a_change_waits_for_the_order_that_is_being_placed(app: AppUnderTest) -> None:
    """Whoever archived a service and was told so finds every order of it."""
    buyer, seller = await rich(app.api), somebody("seller")
    service = await app.api.offer(seller, **terms(1))
    extra = service["extras"][0]["id"]
    wallet = (
        "SELECT FROM ledger.balance WHERE account_id = (SELECT id FROM ledger.account"
        f" WHERE kind = 'wallet' AND owner = '{buyer.id}') FOR UPDATE"
    )
    async with somebody_at(app, wallet) as onlooker:
        placing = asyncio.create_task(ordered(app.api, service, buyer, extra_ids=[extra]))
        await waiting(onlooker, 1)
        changing = asyncio.create_task(patched(app.api, service, seller, terms(2, extra)))
        archiving = asyncio.create_task(shelved(app.api, service, seller))
        await waiting(onlooker, 3)
        assert not changing.done()
        assert not archiving.done()
    assert {1} == numbers_in((await placing).json())
    assert 200 == (await changing).status_code
    assert (await archiving)["archived"]
    assert [] == await listed(app.api, seller, f"seller_id={seller.id}")


async def test_nobody_gets_a_mixture_of_versions(app: AppUnderTest) -> None:
    buyer, seller = await rich(app.api), somebody("seller")
    service = await app.api.offer(seller, **terms(1))
    extra = service["extras"][0]["id"]

    async def change() -> None:
        for number in range(2, VERSIONS):
            await changed(app.api, service, seller, terms(number, extra))
        await shelved(app.api, service, seller)

    placed, _ = await asyncio.gather(
        asyncio.gather(
            *(ordered(app.api, service, buyer, extra_ids=[extra]) for _ in range(BUYERS))
        ),
        change(),
    )
    taken = [answer.json() for answer in placed if answer.status_code == 201]
    refused = [answer for answer in placed if answer.status_code != 201]
    assert {(409, "service-archived")} >= {code(answer) for answer in refused}
    assert {1} == {len(numbers_in(order)) for order in taken}
    assert 100_000 - sum(order["total"]["amount"] for order in taken) == await app.api.balance(
        buyer
    )
    assert (409, "service-archived") == code(await ordered(app.api, service, buyer))


async def test_of_two_changes_of_one_version_at_once_one_is_made(app: AppUnderTest) -> None:
    seller = somebody("seller")
    service = await app.api.offer(seller)
    answers = await asyncio.gather(
        *(
            patched(app.api, service, seller, {"title": f"Logo {number}"}, If_Match='"1"')
            for number in range(4)
        )
    )
    assert [200, 412, 412, 412] == sorted(answer.status_code for answer in answers)
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert won == (await app.api.get(f"/v1/services/{service['id']}", seller)).json()
