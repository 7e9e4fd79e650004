"""Addresses and methods that do not exist."""

from urllib.parse import quote

import pytest

from tests.api.readings import code, eur
from tests.house import OPERATOR, House, Person, somebody

NOWHERE = (404, "not-found")
NOT_LIKE_THIS = (405, "method-not-allowed")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1",
        "/v2/orders",
        "/v1/orders/x/y",
        "/v1/orders/x/actions",
        "/v1/orders/x/actions/explode",
        "/v1/orders/x/actions/accept/now",
        "/v1/wallets/x",
        "/v1/orders/",
        "/v1/health/live/",
        "/docs/",
        "/static-offline-docs",
        "/v1//orders",
        "/v1/../etc/passwd",
        "/v1/%2e%2e/%2e%2e/etc/passwd",
        "/v1/orders%00",
        "/v1/%ff%fe",
        "/v1/" + "x" * 5_000,
    ],
    ids=lambda path: path[:30],
)
async def test_an_unknown_address_is_a_problem_document(house: House, path: str) -> None:
    who = somebody("somebody")
    answers = [
        await house.door.call(method, path, who, {} if method == "POST" else None)
        for method in ("GET", "POST", "DELETE")
    ]
    assert [NOWHERE] * 3 == [code(answer) for answer in answers]


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/wallet", "/v1/health/live"])
async def test_an_unknown_method_is_a_problem_document(house: House, path: str) -> None:
    methods = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "EXPLODE")
    answers = [await house.door.call(one, path, somebody("somebody")) for one in methods]
    assert [NOT_LIKE_THIS] * len(methods) == [code(answer) for answer in answers]


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v1/orders/x/actions/accept", "GET", {"POST"}),
        ("/v1/wallets/x/top-ups", "GET", {"POST"}),
        ("/v1/wallet", "POST", {"GET", "HEAD"}),
        ("/v1/orders", "DELETE", {"GET", "HEAD", "POST"}),
        ("/v1/services", "DELETE", {"GET", "HEAD", "POST"}),
    ],
)
async def test_the_methods_that_there_are_are_named(
    house: House, path: str, method: str, allowed: set[str]
) -> None:
    answer = await house.door.call(method, path, somebody("somebody"))
    assert NOT_LIKE_THIS == code(answer)
    assert allowed == {name.strip() for name in answer.headers["Allow"].split(",")}


async def test_the_root_leads_to_the_documentation(house: House) -> None:
    answer = await house.door.get("/")
    assert (307, "/docs") == (answer.status_code, answer.headers["Location"])


async def test_a_user_id_may_hold_what_separates_the_parts_of_an_address(house: House) -> None:
    who = Person("guild/ana b?#", ("user",))
    quoted = quote(who.id, safe="")
    paid = await house.door.post(f"/v1/wallets/{quoted}/top-ups", OPERATOR, eur(700), key="slash")
    assert 201 == paid.status_code
    assert 700 == await house.door.balance(who)
    rate = await house.door.get(f"/v1/sellers/{quoted}/reputation", who)
    behind = await house.door.get(f"/v1/sellers/{quoted}/reputation/orders", who)
    assert [200, 200] == [rate.status_code, behind.status_code]
