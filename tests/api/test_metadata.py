"""What a marketplace calls services, orders and endpoints, and what it notes on them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.assertions import code
from tests.api.bodies import ENDPOINT
from tests.api.test_callers import disable_endpoints
from tests.app_under_test import OPERATOR, AppUnderTest, Json, OrderInPlay, Person, somebody
from tests.contract import eur

TAKEN = (409, "external-id-taken")
ENDPOINTS = "/v1/webhook-endpoints"
MOST = {f"key-{number}".ljust(40, "k"): "🎨" * 500 for number in range(50)}

Make = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="module", autouse=True)
async def nobody_is_told_afterwards(app: AppUnderTest) -> AsyncIterator[None]:
    """Endpoints that were left would be told of every order that other tests complete."""
    yield
    await disable_endpoints(app)


@pytest.fixture(params=["services", "orders", "webhook-endpoints"])
async def kind(request: pytest.FixtureRequest, app: AppUnderTest) -> "Kind":
    """Each of the three that carry what the marketplace says."""
    name: str = request.param
    who = OPERATOR if name == "webhook-endpoints" else somebody("maker")
    body: Json = {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"}
    if name == "orders":
        await app.api.top_up(who, 20_000)
        body = {"service_id": (await app.api.offer(somebody("seller")))["id"], "brief": "Blue."}
    elif name == "webhook-endpoints":
        body = {**ENDPOINT, "events": ["order.completed"]}
    return Kind(app, name, who, body)


class Kind:
    """What carries an external id and metadata, and who makes it."""

    def __init__(self, app: AppUnderTest, name: str, who: Person, body: Json) -> None:
        self._app, self.path, self.who, self._body = app, f"/v1/{name}", who, body

    async def make(self, key: str | None = None, **more: Any) -> httpx.Response:
        """Makes one."""
        body = {**self._body, **more}
        return await self._app.api.post(self.path, self.who, body, key=key or f"make-{uuid4()}")

    async def read(self, one: Json) -> Json:
        """One, as it is read."""
        found: Json = (await self._app.api.get(f"{self.path}/{one['id']}", self.who)).json()
        return found

    async def named(self, external_id: str, who: Person | None = None) -> list[str]:
        """The ids of those that are called so."""
        answer = await self._app.api.client.get(
            self.path, params={"external_id": external_id}, headers=(who or self.who).headers
        )
        assert 200 == answer.status_code, answer.text
        return [one["id"] for one in answer.json()["items"]]


def own(one: Json) -> tuple[str | None, Json]:
    """What the marketplace said of it."""
    return one["external_id"], one["metadata"]


@pytest.mark.parametrize(
    "name",
    [
        "gid://shop.example/Order/4711",
        "T3JkZXI6MQ==",
        "Bestellung Nr. 4711 ü",
        "注文-4711",
        "🎨",
        "e\u0301",
        ".",
        "x" * 200,
    ],
)
async def test_what_the_marketplace_says_is_kept_as_it_is(kind: Kind, name: str) -> None:
    name = f"{uuid4()}"[: 200 - len(name)] + name
    metadata = {"basket": "b-1207", " ": "", "ключ": "\n\t ‮ \u00ad", "e\u0301": "a", "é": "b"}
    made = await kind.make(external_id=name, metadata=metadata)
    assert 201 == made.status_code, made.text
    assert (name, metadata) == own(made.json()) == own(await kind.read(made.json()))
    assert [made.json()["id"]] == await kind.named(name)
    assert [] == await kind.named(f"{name[1:]}-")


async def test_who_says_nothing_is_noted_nothing(kind: Kind) -> None:
    nothing: tuple[Json, ...] = ({}, {"external_id": None}, {"metadata": {}})
    for said in nothing:
        one = (await kind.make(**said)).json()
        assert (None, {}) == own(one) == own(await kind.read(one))


async def test_the_most_that_there_may_be_is_taken(kind: Kind) -> None:
    made = await kind.make(metadata=MOST)
    assert 201 == made.status_code, made.text[:500]
    assert MOST == (await kind.read(made.json()))["metadata"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"metadata": {**MOST, "one": "more"}}, "metadata"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
        ({"metadata": {"": "v"}}, "metadata"),
        ({"metadata": {"k": "v" * 501}}, "metadata.k"),
        ({"metadata": {"k": 1}}, "metadata.k"),
        ({"metadata": {"k": True}}, "metadata.k"),
        ({"metadata": {"k": None}}, "metadata.k"),
        ({"metadata": {"k": {"nested": "v"}}}, "metadata.k"),
        ({"metadata": {"k": ["v"]}}, "metadata.k"),
        ({"metadata": {"k": "\x00"}}, "metadata.k"),
        ({"metadata": {"\x00": "v"}}, "metadata"),
        ({"metadata": []}, "metadata"),
        ({"metadata": "k=v"}, "metadata"),
        ({"metadata": None}, "metadata"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": " a"}, "external_id"),
        ({"external_id": "a "}, "external_id"),
        ({"external_id": "a\u00a0b"}, "external_id"),
        ({"external_id": "a\nb"}, "external_id"),
        ({"external_id": "a\u200bb"}, "external_id"),
        ({"external_id": "\x00"}, "external_id"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"external_id": 4711}, "external_id"),
        ({"external_id": {}}, "external_id"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_none_is_refused(kind: Kind, said: Json, field: str) -> None:
    answer = await kind.make(**said)
    assert 422 == answer.status_code, answer.text
    assert all(one["field"].startswith(f"body.{field}") for one in answer.json()["errors"]), (
        answer.text
    )


@pytest.mark.parametrize("said", ['"external_id": "\\ud800"', '"metadata": {"\\udfff": "v"}'])
async def test_half_a_character_is_refused(app: AppUnderTest, kind: Kind, said: str) -> None:
    content = f'{{"title": "A", "brief": "A", "url": "https://a.example", {said}}}'
    headers = {**kind.who.headers, "Content-Type": "application/json"}
    answer = await app.api.client.post(kind.path, content=content, headers=headers)
    assert 422 == answer.status_code, answer.text


async def test_an_odd_name_is_looked_for_in_no_list(app: AppUnderTest, kind: Kind) -> None:
    for odd in ("", " a", "a\u200b", "x" * 201):
        answer = await app.api.client.get(
            kind.path, params={"external_id": odd}, headers=kind.who.headers
        )
        assert (422, "query.external_id") == (
            answer.status_code,
            answer.json()["errors"][0]["field"],
        )


async def test_no_two_have_the_same_name(kind: Kind) -> None:
    name = f"name-{uuid4()}"
    first, again = await kind.make(external_id=name), await kind.make(external_id=name)
    assert (201, TAKEN) == (first.status_code, code(again))
    assert "?external_id=" in again.json()["detail"]
    assert [first.json()["id"]] == await kind.named(name)
    assert 201 == (await kind.make(external_id=name.upper())).status_code, "another spelling"


async def test_of_two_at_once_one_has_the_name(kind: Kind) -> None:
    name = f"name-{uuid4()}"
    answers = await asyncio.gather(*(kind.make(external_id=name) for _ in range(4)))
    assert [201, 409, 409, 409] == sorted(one.status_code for one in answers)
    assert {TAKEN} == {code(one) for one in answers if one.status_code == 409}
    assert 1 == len(await kind.named(name))


async def test_what_is_repeated_under_its_key_is_no_second(kind: Kind) -> None:
    name, key = f"name-{uuid4()}", f"key-{uuid4()}"
    answers = await asyncio.gather(*(kind.make(key, external_id=name) for _ in range(3)))
    assert {201} == {one.status_code for one in answers}
    assert 1 == len({one.json()["id"] for one in answers})
    other = await kind.make(key, external_id=name, metadata={"another": "body"})
    assert (422, "idempotency-key-reused") == code(other)
    late = f"late-{uuid4()}"
    refused = [await kind.make(late, external_id=name) for _ in range(2)]
    assert [TAKEN, TAKEN] == [code(one) for one in refused]
    assert "to try again use a new key" in refused[1].json()["detail"]


async def test_a_name_costs_nobody_money(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    body = {"service_id": in_play.service["id"], "brief": "Two.", "external_id": str(uuid4())}
    answers = [
        await app.api.post("/v1/orders", in_play.buyer, body, key=f"two-{uuid4()}")
        for _ in range(2)
    ]
    assert [201, 409] == [one.status_code for one in answers]
    assert 10_000 - 2 * 2_000 == await app.api.balance(in_play.buyer)


async def named_order(app: AppUnderTest) -> tuple[OrderInPlay, str]:
    """An order that its marketplace calls something."""
    in_play, name = await app.place_order(), f"order-{uuid4()}"
    body = {"service_id": in_play.service["id"], "brief": "Two.", "external_id": name}
    noted = {"metadata": {"basket": "b-1207"}}
    answer = await app.api.post("/v1/orders", in_play.buyer, body | noted, key=name)
    in_play.order = answer.json()
    return in_play, name


async def test_orders_of_others_have_no_name_here(app: AppUnderTest) -> None:
    in_play, name = await named_order(app)
    for who in (in_play.buyer, in_play.seller, OPERATOR):
        found = await app.api.get(f"/v1/orders?external_id={name}", who)
        assert [in_play.order["id"]] == [one["id"] for one in found.json()["items"]]
    for query, who in (
        (f"external_id={name}", somebody("stranger")),
        (f"external_id={name}&role=seller", in_play.buyer),
        (f"external_id={name}&state=completed", in_play.buyer),
    ):
        assert [] == (await app.api.get(f"/v1/orders?{query}", who)).json()["items"]


async def test_an_order_keeps_its_name_and_notes_to_its_end(app: AppUnderTest) -> None:
    in_play, name = await named_order(app)
    expected = (name, {"basket": "b-1207"})
    preview = await app.api.act(in_play.order, "accept/preview", in_play.seller)
    assert 200 == preview.status_code
    for state in ("in_progress", "delivered", "completed"):
        await in_play.reach(state)
        assert expected == own(in_play.order) == own(await in_play.now())
    (listed,) = (await app.api.get(f"/v1/orders?external_id={name}", OPERATOR)).json()["items"]
    assert expected == own(listed)


@pytest.mark.parametrize("path", ["services", "webhook-endpoints"])
async def test_notes_are_changed_by_their_names(app: AppUnderTest, path: str) -> None:
    kind = Kind(app, path, OPERATOR, {**ENDPOINT, "events": ["order.completed"]})
    if path == "services":
        body = {"title": "A logo", "price": eur(1), "delivery_time": "P3D"}
        kind = Kind(app, path, somebody("seller"), body)
    one = (await kind.make(metadata={"a": "1", "b": "2"})).json()
    address = f"/v1/{path}/{one['id']}"
    names = [f"name-{uuid4()}" for _ in range(2)]
    await kind.make(external_id=names[0])

    async def patch(body: Json) -> httpx.Response:
        return await app.api.call("PATCH", address, kind.who, body)

    after = await patch({"metadata": {"a": "3", "b": None, "c": "4"}, "external_id": names[1]})
    assert (200, (names[1], {"a": "3", "c": "4"})) == (after.status_code, own(after.json()))
    assert TAKEN == code(await patch({"external_id": names[0], "metadata": None}))
    full = await patch({"metadata": {f"k{number}": "v" for number in range(49)}})
    assert (422, "body.metadata") == (full.status_code, full.json()["errors"][0]["field"])
    for wrong in ({"metadata": {"k": 1}}, {"metadata": {"": "v"}}, {"external_id": ""}):
        assert 422 == (await patch(wrong)).status_code
    assert (names[1], {"a": "3", "c": "4"}) == own(await kind.read(one))
    assert (None, {}) == own((await patch({"external_id": None, "metadata": None})).json())


async def test_an_endpoint_is_changed_in_what_is_named(app: AppUnderTest) -> None:
    made = await app.api.post(
        ENDPOINTS, OPERATOR, {**ENDPOINT, "events": ["order.completed"], "metadata": {"a": "1"}}
    )
    one = {name: value for name, value in made.json().items() if name != "secret"}
    address = f"{ENDPOINTS}/{one['id']}"
    for body, after in (
        ({}, {}),
        ({"events": None}, {"events": None}),
        ({"url": f"{ENDPOINT['url']}/new"}, {"url": f"{ENDPOINT['url']}/new"}),
        ({"events": ["order.settled"]}, {"events": ["order.settled"]}),
    ):
        one |= after
        answer = await app.api.call("PATCH", address, OPERATOR, body)
        assert (200, one) == (answer.status_code, answer.json())
    wrongs: tuple[Json, ...] = (
        {"url": None},
        {"url": "https://127.0.0.1/"},
        {"events": []},
        {"events": ["order.lost"]},
        {"secret": "whsec_mine"},
        {"enabled": False},
    )
    for wrong in wrongs:
        assert 422 == (await app.api.call("PATCH", address, OPERATOR, wrong)).status_code
    nowhere = f"{ENDPOINTS}/{uuid4()}"
    assert (404, "not-found") == code(await app.api.call("PATCH", nowhere, OPERATOR, {}))
    replaced = await app.api.call("PUT", address, OPERATOR, ENDPOINT)
    assert (None, {}) == (replaced.json()["events"], replaced.json()["metadata"])
    await app.api.post(f"{address}/disable", OPERATOR)
