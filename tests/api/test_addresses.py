"""Addresses and methods that do not exist."""

from urllib.parse import quote

import pytest

from tests.api.assertions import code
from tests.app_under_test import OPERATOR, AppUnderTest, Person, somebody
from tests.contract import eur

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
        "/v1/wallets",
        "/v1/wallets/x/owners",
        "/v1/orders/",
        "/v1/health/live/",
        "/docs/",
        "/static-offline-docs",
        "/v1//orders",
        "/v1/../etc/passwd",
        "/v1/%2e%2e/%2e%2e/etc/passwd",
        "/v1/" + "x" * 5_000,
    ],
    ids=lambda path: path[:30],
)
async def test_an_unknown_address_is_a_problem_document(app: AppUnderTest, path: str) -> None:
    who = somebody("somebody")
    answers = [
        await app.api.call(method, path, who, {} if method == "POST" else None)
        for method in ("GET", "POST", "DELETE")
    ]
    assert [NOWHERE] * 3 == [code(answer) for answer in answers]


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/wallet", "/v1/health/live"])
async def test_an_unknown_method_is_a_problem_document(app: AppUnderTest, path: str) -> None:
    methods = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "EXPLODE")
    answers = [await app.api.call(one, path, somebody("somebody")) for one in methods]
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
    app: AppUnderTest, path: str, method: str, allowed: set[str]
) -> None:
    answer = await app.api.call(method, path, somebody("somebody"))
    assert NOT_LIKE_THIS == code(answer)
    assert allowed == {name.strip() for name in answer.headers["Allow"].split(",")}


async def test_the_root_leads_who_is_not_signed_in_to_where_they_can(app: AppUnderTest) -> None:
    answer = await app.api.get("/")
    assert (303, "/session") == (answer.status_code, answer.headers["Location"])


async def test_a_user_id_may_hold_what_separates_the_parts_of_an_address(app: AppUnderTest) -> None:
    who = Person("guild:ana b?#%2F", ("user",))
    quoted = quote(who.id, safe="")
    paid = await app.api.post(f"/v1/wallets/{quoted}/top-ups", OPERATOR, eur(700), key="parts")
    assert 201 == paid.status_code
    assert 700 == await app.api.balance(who)
    rate = await app.api.get(f"/v1/sellers/{quoted}/reputation", who)
    behind = await app.api.get(f"/v1/sellers/{quoted}/reputation/orders", who)
    assert [200, 200] == [rate.status_code, behind.status_code]


ODD = {
    "latin-1": "jos%E9",
    "another of latin-1": "jos%E8",
    "bytes that begin nothing": "%ff%fe",
    "a character that breaks off": "jos%C3",
    "an overlong slash": "a%C0%AFb",
    "an overlong NUL": "a%C0%80b",
    "a surrogate": "%ED%A0%80",
    "a pair of surrogates": "%ED%A0%BD%ED%B8%80",
    "beyond Unicode": "%F4%90%80%80",
    "a percent sign alone": "100%",
    "half a percent sign": "100%2",
    "no hexadecimal": "a%zzb",
}
CONTROLS = {
    "a line feed": "a%0Ab",
    "a line feed at the end": "a%0A",
    "a carriage return": "a%0Db",
    "NUL": "a%00b",
    "a tab": "a%09b",
    "DEL": "a%7Fb",
    "next line": "a%C2%85b",
}
UNREADABLE = (422, "invalid-request")


async def asked(app: AppUnderTest, word: str) -> list[tuple[int, str]]:
    """How addresses of every kind that hold the word are answered."""
    calls = [
        ("POST", f"/v1/wallets/{word}/top-ups"),
        ("POST", f"/v1/wallets/{word}/payouts"),
        ("GET", f"/v1/sellers/{word}/reputation"),
        ("GET", f"/v1/sellers/{word}/reputation/orders"),
        ("GET", f"/v1/orders/{word}"),
        ("GET", f"/v1/orders/{word}/requests/{word}"),
        ("POST", f"/v1/orders/{word}/actions/accept"),
        ("POST", f"/v1/orders/{word}/actions/accept/preview"),
        ("GET", f"/v1/services/{word}"),
        ("POST", f"/v1/notifications/{word}/read"),
        ("GET", f"/v1/webhook-endpoints/{word}"),
        ("POST", f"/v1/webhook-deliveries/{word}/redeliver"),
        ("GET", f"/v1/{word}"),
        ("GET", f"/{word}"),
    ]
    answers = [
        await app.api.call(m, path, OPERATOR, eur(700) if m == "POST" else None, key=f"odd-{n}")
        for n, (m, path) in enumerate(calls)
    ]
    assert {"path"} == {answer.json()["errors"][0]["field"] for answer in answers}
    return [code(answer) for answer in answers]


@pytest.mark.parametrize("word", [*ODD.values(), *CONTROLS.values()], ids=[*ODD, *CONTROLS])
async def test_an_address_that_can_be_read_in_two_ways_leads_nowhere(
    app: AppUnderTest, word: str
) -> None:
    assert {UNREADABLE} == set(await asked(app, word))


async def test_nobody_gets_the_money_of_who_cannot_be_named(app: AppUnderTest) -> None:
    for user, key in (("jos%E9", "e9"), ("jos%E8", "e8")):
        paid = await app.api.post(f"/v1/wallets/{user}/top-ups", OPERATOR, eur(700), key=key)
        assert UNREADABLE == code(paid)
    assert 0 == await app.api.balance(Person("jos\ufffd", ("user",)))


@pytest.mark.parametrize("word", ODD.values(), ids=list(ODD))
@pytest.mark.parametrize("query", ["services?seller_id={}", "orders?cursor={}", "wallet?{}=1"])
async def test_a_query_is_utf_8_too(app: AppUnderTest, query: str, word: str) -> None:
    answer = await app.api.get(f"/v1/{query.format(word)}", somebody("reader"))
    assert (UNREADABLE, "query") == (code(answer), answer.json()["errors"][0]["field"])


@pytest.mark.parametrize(
    "user_id", ["josé", "a+b", "a b", "100%", "ß%2F", "\ufffd", "李", "🎨", "a&b=c", "..."]
)
async def test_who_can_be_named_gets_their_own_money(app: AppUnderTest, user_id: str) -> None:
    quoted = quote(user_id, safe="+").replace(".", "%2E")
    paid = await app.api.post(
        f"/v1/wallets/{quoted}/top-ups", OPERATOR, eur(7), key=f"named-{quoted}"
    )
    assert (201, user_id) == (paid.status_code, paid.json()["user_id"])
    assert 7 == await app.api.balance(Person(user_id, ("user",)))


HIDDEN = [
    ("POST", "/v1/wallets/{who}%2ftop-ups"),
    ("POST", "/v1/wallets%2F{who}/top-ups"),
    ("POST", "/v1%2fwallets/{who}/top-ups"),
    ("POST", "/v1/wallets/a%2F{who}/top-ups"),
    ("GET", "/v1/orders/{order}%2fevents"),
    ("GET", "/v1/orders%2f{order}"),
    ("POST", "/v1/orders/{order}%2Factions/accept"),
    ("GET", "/v1/health%2Flive"),
]


@pytest.mark.parametrize(("method", "path"), HIDDEN)
async def test_a_slash_is_written_as_one(app: AppUnderTest, method: str, path: str) -> None:
    """A proxy's rule on `/v1/wallets/` would not see another spelling of it."""
    in_play = await app.place_order()
    who, order = in_play.seller, in_play.order["id"]
    before = await app.api.balance(who)
    asked = path.format(who=who.id, order=order)
    answer = await app.api.call(method, asked, OPERATOR, eur(100) if method == "POST" else None)
    assert (422, "invalid-request") == code(answer)
    assert "slash" in answer.json()["detail"]
    assert before == await app.api.balance(who)
