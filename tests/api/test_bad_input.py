"""Input that is not what was asked for: each has its code, and changes nothing."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.assertions import code, journal
from tests.app_under_test import OPERATOR, AppUnderTest, Json, OrderInPlay, Person, somebody
from tests.contract import eur

INVALID = (422, "invalid-request")
SERVICE: Json = {
    "title": "A logo",
    "description": "With two drafts.",
    "price": eur(2000),
    "delivery_time": "P3D",
    "revision_time": "P1D",
    "revisions_included": 2,
    "extras": [{"title": "Source files", "price": eur(500), "delivery_time": "P1D"}],
}
NO_CENTS = ["5", True, 1.5, 2000.0, None, [], {}, 0, -1, 10**10 + 1, 10**400, "2000", "², "]
UNSEEN = ["\u200b", "\u2060\ufeff", "\U000e0041", "\u2800", "\u3164", "\u00ad", " \ufe0f\n"]
NO_TEXTS: list[Any] = ["", "   ", "\n\t", 5, None, True, [], {}, "a\x00b", *UNSEEN]
NO_DURATIONS: list[Any] = [
    *("", "3", "3 days", "P", "PT", "T1H", "p3d", " P3D", "P3D ", "-P1D", "P-1D", "+P1D", "P3X"),
    *("72:00:00", "PT0S", "PT0.999S", "P367D", "P9999999999D", "P3D\x00"),
    *(3, 1.5, True, None, [], {}),
]
NO_CURRENCIES = ["", "eur", "EURO", "XXX", "XAU", "ABC", "E R", "€", 978, None, [], "EUR\x00"]


def changed(body: Json, path: str, value: Any) -> Json:
    """The body with another value at a dotted path."""
    whole = deepcopy(body)
    *way, last = path.split(".")
    part: Any = whole
    for step in way:
        part = part[int(step)] if isinstance(part, list) else part[step]
    part[last] = value
    return whole


def fields(answer: httpx.Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


async def check_no_service(app: AppUnderTest, body: Any, *named: str) -> None:
    seller = somebody("seller")
    answer = await app.api.post("/v1/services", seller, body)
    listed = await app.api.get(f"/v1/services?seller_id={seller.id}", seller)
    assert INVALID == code(answer)
    assert [] == listed.json()["items"]
    assert [] == [name for name in named if not any(one.startswith(name) for one in fields(answer))]


async def check_no_services(app: AppUnderTest, path: str, values: list[Any]) -> None:
    """None of the values is taken at the path, which is named as what is wrong."""
    seller = somebody("seller")
    got = []
    for value in values:
        answer = await app.api.post("/v1/services", seller, changed(SERVICE, path, value))
        got.append((value, code(answer), fields(answer)[0].startswith(f"body.{path}")))
    listed = await app.api.get(f"/v1/services?seller_id={seller.id}", seller)
    assert [(value, INVALID, True) for value in values] == got
    assert [] == listed.json()["items"]


# --- services ----------------------------------------------------------------------------------


async def test_the_service_that_the_others_spoil_is_good(app: AppUnderTest) -> None:
    answer = await app.api.post("/v1/services", somebody("seller"), SERVICE)
    assert 201 == answer.status_code


@pytest.mark.parametrize("path", ["price.amount", "extras.0.price.amount"])
async def test_an_amount_is_a_whole_number_of_cents(app: AppUnderTest, path: str) -> None:
    await check_no_services(app, path, NO_CENTS)


@pytest.mark.parametrize("path", ["price.currency", "extras.0.price.currency"])
async def test_a_currency_is_one_of_iso_4217(app: AppUnderTest, path: str) -> None:
    await check_no_services(app, path, NO_CURRENCIES)


@pytest.mark.parametrize("path", ["delivery_time", "extras.0.delivery_time"])
async def test_a_duration_is_iso_8601_within_a_year(app: AppUnderTest, path: str) -> None:
    await check_no_services(app, path, NO_DURATIONS)


@pytest.mark.parametrize("path", ["title", "extras.0.title"])
async def test_a_title_is_a_text_of_some_length(app: AppUnderTest, path: str) -> None:
    await check_no_services(app, path, [*NO_TEXTS, "x" * 201])


@pytest.mark.parametrize("count", [-1, 1001, "2", True, 1.5, 10**30], ids=repr)
async def test_revisions_are_counted(app: AppUnderTest, count: Any) -> None:
    await check_no_service(
        app, changed(SERVICE, "revisions_included", count), "body.revisions_included"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("surprise", 1),
        ("price.surprise", 1),
        ("extras.0.surprise", 1),
        ("extras.0.price.surprise", 1),
        ("id", "8b6f7c52-5b0e-4a51-9d5c-0f3a1f0f6f11"),
        ("seller_id", "somebody-else"),
    ],
)
async def test_an_unknown_field_is_refused_wherever_it_is(
    app: AppUnderTest, path: str, value: Any
) -> None:
    await check_no_service(app, changed(SERVICE, path, value), f"body.{path}")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("price", 2000),
        ("price", "20.00 EUR"),
        ("price", []),
        ("price", None),
        ("price", {"amount": 2000}),
        ("extras", {}),
        ("extras", "Source files"),
        ("extras", None),
        ("extras", [[]]),
        ("extras", [SERVICE["extras"][0]] * 51),
        ("description", ""),
        ("description", "\u200b"),
        ("description", "x" * 10_001),
        ("revision_time", "P367D"),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_a_field_of_another_shape_is_refused(
    app: AppUnderTest, path: str, value: Any
) -> None:
    await check_no_service(app, changed(SERVICE, path, value), f"body.{path}")


async def test_every_price_is_in_one_currency(app: AppUnderTest) -> None:
    await check_no_service(app, changed(SERVICE, "extras.0.price.currency", "USD"), "body")


async def test_everything_that_is_wrong_is_named_at_once(app: AppUnderTest) -> None:
    body = {"title": "", "price": {"amount": 0, "currency": "eur"}, "extras": [{}]}
    await check_no_service(
        app,
        body,
        *("body.title", "body.price.amount", "body.price.currency", "body.delivery_time"),
        *("body.extras.0.title", "body.extras.0.price", "body.extras.0.delivery_time"),
    )


@pytest.mark.parametrize("body", [None, [], "text", 5, True, {}], ids=repr)
async def test_a_body_is_an_object_with_fields(app: AppUnderTest, body: Any) -> None:
    await check_no_service(app, body, "body")


# --- orders --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def running(app: AppUnderTest) -> OrderInPlay:
    """An order on which nothing of this file has any effect."""
    return await (await app.place_order()).reach("in_progress")


async def check_no_order(
    app: AppUnderTest,
    in_play: OrderInPlay,
    expected: tuple[int, str],
    who: Person | None = None,
    **body: Any,
) -> httpx.Response:
    buyer = who or in_play.buyer
    asked = {"service_id": in_play.service["id"], "brief": "A logo."} | body
    before = (await app.api.get("/v1/wallet/entries", buyer)).json()
    answer = await app.api.post("/v1/orders", buyer, asked, key=str(uuid4()))
    assert expected == code(answer)
    assert before == (await app.api.get("/v1/wallet/entries", buyer)).json()
    return answer


@pytest.mark.parametrize("brief", [*NO_TEXTS, "x" * 10_001], ids=lambda brief: repr(brief)[:20])
async def test_a_brief_is_a_text(app: AppUnderTest, running: OrderInPlay, brief: Any) -> None:
    answer = await check_no_order(app, running, INVALID, brief=brief)
    assert ["body.brief"] == fields(answer)


@pytest.mark.parametrize("service_id", ["", "no-id", 5, None, [], "0" * 31, "\x00"], ids=repr)
async def test_a_service_is_named_by_its_id(
    app: AppUnderTest, running: OrderInPlay, service_id: Any
) -> None:
    answer = await check_no_order(app, running, INVALID, service_id=service_id)
    assert ["body.service_id"] == fields(answer)


async def test_an_unknown_service_is_not_found(app: AppUnderTest, running: OrderInPlay) -> None:
    await check_no_order(app, running, (404, "not-found"), service_id=str(uuid4()))


async def test_nobody_buys_from_themselves(app: AppUnderTest, running: OrderInPlay) -> None:
    await check_no_order(app, running, (403, "forbidden"), running.seller)


async def test_an_extra_of_another_service_is_refused(
    app: AppUnderTest, running: OrderInPlay
) -> None:
    other = await app.api.offer(running.seller)
    extras = [running.service["extras"][0]["id"], other["extras"][0]["id"]]
    answer = await check_no_order(app, running, INVALID, extra_ids=extras)
    assert ["body.extra_ids"] == fields(answer)


async def test_an_extra_twice_is_refused(app: AppUnderTest, running: OrderInPlay) -> None:
    extra = running.service["extras"][0]["id"]
    answer = await check_no_order(app, running, INVALID, extra_ids=[extra, extra])
    assert ["body.extra_ids"] == fields(answer)


@pytest.mark.parametrize(
    "extra_ids",
    [None, "text", {}, [None], ["no-id"], [[]], ["8b6f7c52-5b0e-4a51-9d5c-0f3a1f0f6f11"] * 51],
    ids=repr,
)
async def test_extras_are_a_list_of_ids(
    app: AppUnderTest, running: OrderInPlay, extra_ids: Any
) -> None:
    answer = await check_no_order(app, running, INVALID, extra_ids=extra_ids)
    assert all(field.startswith("body.extra_ids") for field in fields(answer))


@pytest.mark.parametrize("field", ["buyer_id", "state", "total", "commission_bps", "extras"])
async def test_nobody_sets_what_is_not_theirs(
    app: AppUnderTest, running: OrderInPlay, field: str
) -> None:
    answer = await check_no_order(app, running, INVALID, None, **{field: 1})
    assert [f"body.{field}"] == fields(answer)


# --- money from and to the world -----------------------------------------------------------------


@pytest.mark.parametrize("what", ["top-ups", "payouts"])
async def test_no_sum_but_cents_is_moved(app: AppUnderTest, what: str) -> None:
    who = somebody("somebody")
    path = f"/v1/wallets/{who.id}/{what}"
    got = []
    for amount in NO_CENTS:
        body = {"amount": amount, "currency": "EUR"}
        answer = await app.api.post(path, OPERATOR, body, key=str(uuid4()))
        got.append((amount, code(answer), fields(answer)))
    assert [(amount, INVALID, ["body.amount"]) for amount in NO_CENTS] == got
    assert 0 == await app.api.balance(who)


@pytest.mark.parametrize("user", ["%20", "%E2%80%8B", "x" * 101])
async def test_a_wallet_is_somebodys(app: AppUnderTest, user: str) -> None:
    answer = await app.api.post(f"/v1/wallets/{user}/top-ups", OPERATOR, eur(1), key=user)
    assert INVALID == code(answer)
    assert ["path.user_id"] == fields(answer)


# --- actions -------------------------------------------------------------------------------------

BAD_ACTIONS: list[tuple[str, Any, str]] = [
    ("accept", {"surprise": 1}, "body.surprise"),
    ("accept", [], "body"),
    ("accept", "text", "body"),
    ("deliver", None, "body"),
    ("deliver", {}, "body.message"),
    ("deliver", {"message": "x" * 10_001}, "body.message"),
    ("deliver", {"message": "\u200b"}, "body.message"),
    (
        "deliver",
        {"message": "Here.", "links": ["https://a.example/\nhttps://b.example/"]},
        "body.links.0",
    ),
    ("deliver", {"message": "Here.", "links": ["https://a.exam\tple/"]}, "body.links.0"),
    ("deliver", {"message": "Here.", "links": "https://a.example"}, "body.links"),
    ("deliver", {"message": "Here.", "links": ["no link"]}, "body.links.0"),
    ("deliver", {"message": "Here.", "links": ["javascript:alert(1)"]}, "body.links.0"),
    ("deliver", {"message": "Here.", "links": ["file:///etc/passwd"]}, "body.links.0"),
    (
        "deliver",
        {"message": "Here.", "links": [f"https://a.example/{'x' * 2_000}"]},
        "body.links.0",
    ),
    ("deliver", {"message": "Here.", "links": ["https://a.example"] * 21}, "body.links"),
    ("deliver", {"message": "Here.", "surprise": 1}, "body.surprise"),
    ("request_revision", {"reason": "  "}, "body.reason"),
    ("request_revision", {"reason": "\ufeff"}, "body.reason"),
    ("refuse_revision", {"reason": "How?"}, "body.ground"),
    ("refuse_revision", {"ground": "none", "reason": "How?"}, "body.ground"),
    ("refuse_revision", {"ground": ["vague"], "reason": "How?"}, "body.ground"),
    ("refuse_revision", {"ground": "vague"}, "body.reason"),
    ("open_dispute", {"reason": "a\x00b"}, "body.reason"),
    ("buy_extra", {}, "body.extra_id"),
    ("buy_extra", {"extra_id": 5}, "body.extra_id"),
    ("buy_extra", {"extra_id": "x" * 101}, "body.extra_id"),
    ("cancel", {"reason": ""}, "body.reason"),
    ("cancel", {"reason": 5}, "body.reason"),
    ("assign", {"mediator_id": 5}, "body.mediator_id"),
    ("assign", {"mediator_id": ""}, "body.mediator_id"),
    ("assign", {"mediator_id": "x" * 101}, "body.mediator_id"),
    ("assign", {"mediator": "me"}, "body.mediator"),
    ("release", {}, "body.reason"),
    ("release", {"reason": "  "}, "body.reason"),
    ("release", {"reason": "Not mine.", "mediator_id": "me"}, "body.mediator_id"),
    ("resolve", {"reasons": "None."}, "body.outcome"),
    ("resolve", {"outcome": "nothing", "reasons": "None."}, "body.outcome"),
    ("resolve", {"outcome": "refund"}, "body.reasons"),
    ("resolve", {"outcome": "refund", "reasons": "\U000e0041"}, "body.reasons"),
    ("resolve", {"outcome": "refund", "refund": eur(1), "reasons": "None."}, "body"),
    ("resolve", {"outcome": "split", "reasons": "None."}, "body"),
    ("resolve", {"outcome": "split", "refund": eur(0), "reasons": "None."}, "body.refund.amount"),
    ("resolve", {"outcome": "split", "refund": 1000, "reasons": "None."}, "body.refund"),
    ("resolve", {"outcome": "restart", "reasons": "None."}, "body"),
    (
        "resolve",
        {"outcome": "restart", "delivery_time": "PT0S", "reasons": "None."},
        "body.delivery_time",
    ),
    (
        "resolve",
        {"outcome": "split", "refund": eur(1) | {"surprise": 1}, "reasons": "None."},
        "body.refund.surprise",
    ),
]


@pytest.mark.parametrize(
    ("action", "body", "named"), BAD_ACTIONS, ids=[f"{a}-{str(b)[:40]}" for a, b, _ in BAD_ACTIONS]
)
async def test_the_fields_of_an_action_are_checked(
    app: AppUnderTest, running: OrderInPlay, action: str, body: Any, named: str
) -> None:
    before = await journal(running)
    answer = await app.api.act(running.order, action, running.seller, body)
    assert INVALID == code(answer)
    assert [named] == fields(answer)
    assert before == await journal(running)


@pytest.mark.parametrize(
    "etag", ['"x"', '"', "", '"1", "9"', '"-1"', '"1.0"', '"99999999999999999999"'], ids=repr
)
async def test_an_etag_that_is_none_of_this_order_is_a_version_that_has_gone(
    app: AppUnderTest, running: OrderInPlay, etag: str
) -> None:
    headers = running.seller.headers | {"If-Match": etag}
    path = f"/v1/orders/{running.order['id']}/actions/cancel"
    answer = await app.api.client.post(path, headers=headers)
    assert (412, "version-mismatch") == code(answer)
    assert "in_progress" == (await running.now())["state"]


async def test_an_unknown_action_is_nowhere(app: AppUnderTest, running: OrderInPlay) -> None:
    answer = await app.api.act(running.order, "explode", running.seller)
    assert (404, "not-found") == code(answer)


# --- queries -------------------------------------------------------------------------------------

NO_LIMITS = ["0", "-1", "101", "ten", "1.5", "", "9" * 5_000, "1e2", "0x10"]
NO_LIMITS += [" 1", "1 ", "1_0", "1.0", "+1", "01", "\u0661", "1\n"]
LISTS = ["/v1/services", "/v1/orders", "/v1/wallet/entries", "/v1/disputes", "events"]


def listed(path: str, in_play: OrderInPlay) -> tuple[str, Person]:
    if path == "events":
        return f"/v1/orders/{in_play.order['id']}/events", in_play.buyer
    return path, OPERATOR if path == "/v1/disputes" else in_play.buyer


@pytest.mark.parametrize("path", LISTS)
async def test_a_limit_is_between_one_and_a_hundred(
    app: AppUnderTest, running: OrderInPlay, path: str
) -> None:
    address, who = listed(path, running)
    got = []
    for limit in NO_LIMITS:
        answer = await app.api.client.get(address, params={"limit": limit}, headers=who.headers)
        got.append((limit, code(answer), fields(answer)))
    assert [(limit, INVALID, ["query.limit"]) for limit in NO_LIMITS] == got


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"role": "mediator"}, "query.role"),
        ({"role": ""}, "query.role"),
        ({"state": "nowhere"}, "query.state"),
        ({"state": "\x00"}, "query.state"),
    ],
)
async def test_orders_are_chosen_by_role_and_state(
    app: AppUnderTest, running: OrderInPlay, query: dict[str, str], named: str
) -> None:
    answer = await app.api.client.get("/v1/orders", params=query, headers=running.buyer.headers)
    assert INVALID == code(answer)
    assert [named] == fields(answer)


@pytest.mark.parametrize("seller_id", ["", " ", "\x00", "x" * 101], ids=lambda text: repr(text)[:9])
async def test_services_are_chosen_by_somebodys_id(app: AppUnderTest, seller_id: str) -> None:
    headers = somebody("somebody").headers
    answer = await app.api.client.get(
        "/v1/services", params={"seller_id": seller_id}, headers=headers
    )
    assert INVALID == code(answer)
    assert ["query.seller_id"] == fields(answer)
