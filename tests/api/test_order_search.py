"""Which orders a list holds: by person, service, state, time and words, in whatever combination."""

from itertools import combinations
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from db import order_search, sought_text
from tests.api.answers import Json
from tests.api.assertions import code
from tests.app_under_test import OPERATOR, AppUnderTest, OrderInPlay, Person, somebody

Orders = dict[str, OrderInPlay]
FORBIDDEN = (403, "forbidden")
LATEST = "9998-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def app(own_app: AppUnderTest) -> AppUnderTest:
    """One with the orders of this file alone: lists are read an order at a time."""
    return own_app


@pytest.fixture(scope="module")
async def placed(app: AppUnderTest) -> Orders:
    """Four orders, three of one seller, with titles that nobody else has."""
    logo = await app.place_order(title="Zébrures: un LOGO (bleu-vert)")
    flyer = await app.place_order(seller=logo.seller, title="Un flyer d'été zébré")
    logo_of_another = await app.place_order(title="zebrures / logotype 3D")
    cancelled = await app.place_order(seller=logo.seller, title="Rien")
    await logo.reach("delivered")
    await flyer.reach("in_progress")
    await cancelled.act("cancel", cancelled.buyer)
    return {"logo": logo, "flyer": flyer, "other": logo_of_another, "cancelled": cancelled}


async def found(app: AppUnderTest, who: Person, **query: Any) -> list[Json]:
    """A list in all its parts."""
    items: list[Json] = []
    more: dict[str, str] = {}
    while True:
        asked = urlencode({"limit": 100, **query, **more}, doseq=True)
        answer = await app.api.get(f"/v1/orders?{asked}", who)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return items
        more = {"cursor": answer.json()["next_cursor"]}


async def names(app: AppUnderTest, placed: Orders, who: Person, **query: Any) -> list[str]:
    """What is found of the four, in its order."""
    known = {one.order["id"]: name for name, one in placed.items()}
    return [known[one["id"]] for one in await found(app, who, **query) if one["id"] in known]


async def test_by_people_and_service(placed: Orders, app: AppUnderTest) -> None:
    logo = placed["logo"]
    for query, expected in (
        ({}, ["cancelled", "other", "flyer", "logo"]),
        ({"buyer_id": logo.buyer.id}, ["logo"]),
        ({"seller_id": logo.seller.id}, ["cancelled", "flyer", "logo"]),
        ({"seller_id": logo.seller.id, "buyer_id": placed["other"].buyer.id}, []),
        ({"service_id": placed["other"].service["id"]}, ["other"]),
        ({"buyer_id": logo.seller.id}, []),
        ({"role": "buyer"}, []),
        ({"role": "seller", "seller_id": logo.seller.id}, []),
    ):
        assert expected == await names(app, placed, OPERATOR, **query), query


async def test_by_states(placed: Orders, app: AppUnderTest) -> None:
    for states, expected in (
        (["delivered"], ["logo"]),
        (["delivered", "pending", "delivered"], ["other", "logo"]),
        (["cancelled", "in_progress"], ["cancelled", "flyer"]),
        (["disputed"], []),
    ):
        assert expected == await names(app, placed, OPERATOR, state=states)
        mine = [one for one in expected if one != "other"]
        assert mine == await names(app, placed, placed["logo"].seller, state=states)
    answer = await app.api.get("/v1/orders?state=asleep&state=pending", OPERATOR)
    assert (422, "invalid-request") == code(answer)


async def test_by_change_the_oldest_change_comes_first(placed: Orders, app: AppUnderTest) -> None:
    changes = {name: (await one.now())["updated_at"] for name, one in placed.items()}
    by_change = sorted(changes, key=lambda name: changes[name])
    since = changes[by_change[1]]
    assert by_change[1:] == await names(app, placed, OPERATOR, updated_since=since, limit=1)
    seller = placed["logo"].seller
    mine = [one for one in by_change[1:] if one != "other"]
    assert mine == await names(app, placed, seller, updated_since=since, role="seller", limit=1)
    assert mine == await names(app, placed, seller, updated_since=since)
    assert [] == await found(app, OPERATOR, updated_since=LATEST)
    logo = placed["logo"]
    given = {"updated_since": changes["logo"], "buyer_id": logo.buyer.id, "state": "delivered"}
    assert ["logo"] == await names(app, placed, OPERATOR, **given)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("zébrures", ["other", "logo"]),
        ("ZEBRURES", ["other", "logo"]),
        ("zeb", ["other", "flyer", "logo"]),
        ("logo zebrures", ["other", "logo"]),
        ("zeb logotype", ["other"]),
        ("bleu zebrures", ["logo"]),
        ("vert) & zebr", ["logo"]),
        ("zebrures 3d", ["other"]),
        ("zebrures d", []),
        ("d' zebre", ["flyer"]),
        ("brures", []),
        ("zeb & !logo", ["other", "logo"]),
        ("zebrures:* | rien\\", []),
        ("'zebrures'", ["other", "logo"]),
    ],
)
async def test_by_words_of_the_title(
    words: str, expected: list[str], placed: Orders, app: AppUnderTest
) -> None:
    assert expected == await names(app, placed, OPERATOR, q=words)


@pytest.mark.parametrize(
    "words", ["!!!", "&", "👋", "' OR 1=1 --", "\\", "%", "-", "a" * 200, "0" * 99]
)
async def test_whatever_is_typed_finds_something_or_nothing(words: str, app: AppUnderTest) -> None:
    answer = await app.api.get(f"/v1/orders?q={quote(words)}", OPERATOR)
    assert 200 == answer.status_code, answer.text


@pytest.mark.parametrize("words", ["", " ", "a" * 201, "a\x00b"])
async def test_what_can_be_no_words_is_refused(words: str, app: AppUnderTest) -> None:
    answer = await app.api.get(f"/v1/orders?q={quote(words)}", OPERATOR)
    assert (422, "invalid-request") == code(answer)


async def test_by_id_and_person(placed: Orders, app: AppUnderTest) -> None:
    logo = placed["logo"]
    order_id = logo.order["id"]
    for words in (order_id, order_id.upper(), order_id[:8], order_id[:11], order_id[:24]):
        assert "logo" in await names(app, placed, OPERATOR, q=words)
    assert [] == await names(app, placed, OPERATOR, q=order_id[:7])
    assert ["logo"] == await names(app, placed, OPERATOR, q=logo.buyer.id)
    everything = ["cancelled", "flyer", "logo"]
    assert everything == await names(app, placed, OPERATOR, q=logo.seller.id)
    assert ["flyer"] == await names(app, placed, OPERATOR, q=logo.seller.id, state="in_progress")


async def called(app: AppUnderTest, person: Person, name: str) -> None:
    """Gives somebody a name."""
    answer = await app.api.call("PUT", f"/v1/users/{person.id}", OPERATOR, {"name": name})
    assert 200 == answer.status_code, answer.text


async def test_by_words_of_a_name(placed: Orders, app: AppUnderTest) -> None:
    """As people read it on every page, where ids are nowhere to be seen."""
    logo, flyer = placed["logo"], placed["flyer"]
    await called(app, logo.buyer, "Zoé Quintard")
    await called(app, flyer.buyer, "Yann Quintard-Bas")
    for words, expected in (
        ("Quintard", ["flyer", "logo"]),
        ("zoe quint", ["logo"]),
        ("zoe yann", []),
        ("intard", []),
    ):
        assert expected == await names(app, placed, OPERATOR, q=words), words
    named = {"q": "Quintard", "state": "delivered"}
    assert ["logo"] == await names(app, placed, OPERATOR, **named)
    assert ["logo"] == await names(
        app, placed, OPERATOR, **named, updated_since="2020-01-01T00:00:00Z"
    )


async def test_a_name_that_many_have_finds_the_orders_of_all(
    placed: Orders, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sought_text, "FEW_PEOPLE", 0)
    await called(app, placed["other"].buyer, "Quirin")
    assert ["other"] == await names(app, placed, OPERATOR, q="quirin")


async def test_every_combination_holds_what_all_its_filters_have_in_common(
    placed: Orders, app: AppUnderTest
) -> None:
    logo = placed["logo"]
    filters: dict[str, Any] = {
        "buyer_id": logo.buyer.id,
        "seller_id": logo.seller.id,
        "service_id": logo.service["id"],
        "q": "zeb",
        "state": ["delivered", "in_progress"],
        "updated_since": (await placed["other"].now())["updated_at"],
    }
    alone = {
        name: set(await names(app, placed, OPERATOR, **{name: value}))
        for name, value in filters.items()
    }
    for number in range(2, len(filters) + 1):
        for chosen in combinations(filters, number):
            query = {name: filters[name] for name in chosen}
            expected = set.intersection(*(alone[name] for name in chosen))
            assert expected == set(await names(app, placed, OPERATOR, **query)), chosen


@pytest.mark.parametrize(
    "query", ["", "state=disputed", "q=zeb", "updated_since=2020-01-01T00:00:00Z"]
)
async def test_a_way_that_ends_early_says_where_it_goes_on(
    query: str, placed: Orders, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a way of one order each part is of one order, or of none."""
    for _ in range(2):
        await (await app.place_order(title="Zeb")).reach("disputed")
    given = dict([query.split("=")] if query else [])
    whole = await found(app, OPERATOR, **given)
    service = {"service_id": placed["logo"].service["id"]}
    for walk in (1, 2):
        monkeypatch.setattr(order_search, "WALK", walk)
        assert whole == await found(app, OPERATOR, **given)
        mine = [one for one in whole if one["service_id"] == service["service_id"]]
        assert mine == await found(app, OPERATOR, **given, **service)


async def test_frequent_words_are_looked_for_along_the_way(
    placed: Orders, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.sought_text.RARE", 1)
    assert ["other", "flyer", "logo"] == await names(app, placed, OPERATOR, q="zeb")
    assert ["logo"] == await names(app, placed, OPERATOR, q="zeb", state="delivered")


@pytest.mark.parametrize("name", ["buyer_id", "seller_id", "service_id", "q"])
async def test_others_do_not_look_through_orders_of_all(name: str, app: AppUnderTest) -> None:
    value = "00000000-0000-4000-8000-000000000000"
    for who in (somebody("nosy"), somebody("judge", "mediator")):
        answer = await app.api.get(f"/v1/orders?{name}={value}", who)
        assert FORBIDDEN == code(answer)
        detail = answer.json()["detail"]
        assert f"by {name} those look who operate" in detail
        assert "role, state, updated_since and external_id" in detail


async def test_strangers_find_nothing_of_others(placed: Orders, app: AppUnderTest) -> None:
    stranger = somebody("stranger")
    for query in ({}, {"state": "delivered"}, {"updated_since": "2020-01-01T00:00:00Z"}):
        assert [] == await found(app, stranger, **query)


@pytest.mark.parametrize(
    "query",
    [
        "updated_since=yesterday",
        "updated_since=0.5",
        "updated_since=1764500000",
        "updated_since=2026-01-01",
        "updated_since=2026-01-01 00:00:00Z",
        "updated_since=2026-01-01T00:00:00+0100",
        "updated_since=",
        "updated_since=2026-01-01T00:00:00",
        "updated_since=9999-12-31T23:59:59Z",
        "service_id=1",
        "buyer_id=",
        "seller_id=a%2Fb",
        "buyer=ana",
        "role=mediator",
    ],
)
async def test_what_is_no_filter_is_refused(query: str, app: AppUnderTest) -> None:
    answer = await app.api.get(f"/v1/orders?{query}", OPERATOR)
    assert (422, "invalid-request") == code(answer)
