"""What holds for each route of the pages, whatever it is about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
from fastapi import Request

from api.pages import page, routing
from api.pages.forms import TOKEN
from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.every_route import (
    EVERY_ROUTE,
    LOOKING,
    SENDING,
    PageRoute,
    is_open,
)
from tests.app_under_test import SECRET, AppUnderTest, OrderInPlay, somebody
from tests.callers import _token

SECRET_WORDS = "Unmistakable words of a brief"
STREAM = "/orders/{order_id}/stream"
NAMES = [f"{one.method} {one.template}" for one in EVERY_ROUTE]


@pytest.fixture(scope="module")
async def case(app: AppUnderTest) -> OrderInPlay:
    """An order in dispute, with words of its own everywhere."""
    play = await (await app.place_order(title=SECRET_WORDS)).reach("disputed")
    for who in (play.buyer, play.seller):
        body = {"text": SECRET_WORDS}
        answer = await app.api.post(f"/v1/orders/{play.order['id']}/messages", who, body)
        assert 201 == answer.status_code
    return play


@asynccontextmanager
async def visiting_as(app: AppUnderTest, *roles: str) -> AsyncIterator[Visit]:
    """Somebody in these roles, who is led to the page of what they do."""
    who = somebody("stranger", *roles)
    async with visiting(app) as visit:
        answer = await visit.get(f"/session?token={_token(SECRET, who.id, who.roles)}")
        assert 303 == answer.status_code
        yield visit


async def token_of(visit: Visit) -> str:
    return hidden((await visit.get("/settings")).text, TOKEN)


async def asked(visit: Visit, route: PageRoute, token: str = "", **ids: str) -> httpx.Response:
    """Opens a page, or sends its form as somebody who guesses its fields."""
    where = route.address(**ids)
    if route.method == "GET":
        return await visit.get(where)
    fields = {TOKEN: token, "key": f"k{where}", "step": "confirm", "text": "x", "up_to": "1"}
    return await visit.client.post(where, data=fields)


def is_hidden_well(answer: httpx.Response, play: OrderInPlay) -> bool:
    """Whether a page in our style says nothing of an order that its reader may not know of."""
    told = [SECRET_WORDS, play.buyer.id, play.seller.id, play.order["title"]]
    return "text/html" in answer.headers["Content-Type"] and not any(
        one in answer.text for one in told
    )


OF_AN_ORDER = [one for one in EVERY_ROUTE if one.is_of_an_order]


@pytest.mark.parametrize("roles", [("user",), ("user", "mediator"), ("mediator",)], ids="-".join)
async def test_nobody_sees_an_order_that_is_not_theirs(
    app: AppUnderTest, case: OrderInPlay, roles: tuple[str, ...]
) -> None:
    quiet = await app.place_order(title=SECRET_WORDS)
    play = case if "mediator" not in roles else quiet
    async with visiting_as(app, *roles) as visit:
        token = await token_of(visit)
        for route in OF_AN_ORDER:
            answer = await asked(visit, route, token, order_id=play.order["id"])
            assert answer.status_code in (401, 403, 404), (route, answer.status_code)
            assert is_hidden_well(answer, play), route
    assert "disputed" == (await case.now())["state"]


@pytest.mark.parametrize("route", SENDING, ids=lambda one: one.template)
async def test_no_form_is_taken_without_a_token_of_its_session(
    app: AppUnderTest, case: OrderInPlay, route: PageRoute
) -> None:
    if is_open(route):
        return
    roles = ("user", "mediator", "operator")
    async with visiting_as(app, *roles) as visit, visiting_as(app, *roles) as other:
        for token in ("", "x", await token_of(other)):
            answer = await asked(visit, route, token, order_id=case.order["id"])
            assert no_way(route) == answer.status_code, (route, token)
        mine = await token_of(visit)
        for said in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://e"},
        ):
            where = route.address(order_id=case.order["id"])
            answer = await visit.client.post(where, data={TOKEN: mine, "key": "k"}, headers=said)
            assert no_way(route) == answer.status_code, (route, said)


def no_way(route: PageRoute) -> int:
    """The answer to a form that is not taken; a clock that nobody can move is not there."""
    return 404 if route.template == "/console/clock" else 403


@pytest.mark.parametrize("route", EVERY_ROUTE, ids=NAMES)
async def test_who_is_nobody_is_asked_to_sign_in(app: AppUnderTest, route: PageRoute) -> None:
    if is_open(route):
        return
    async with visiting(app) as visit:
        answer = await asked(visit, route)
    assert 401 == answer.status_code
    assert "no-store" in answer.headers["Cache-Control"]
    assert "/session" in answer.text


@pytest.mark.parametrize("route", SENDING, ids=lambda one: one.template)
def test_what_a_form_leads_to_is_read_in_another_language_where_there_is_a_page(
    route: PageRoute,
) -> None:
    methods = routing._methods()
    scope = {"type": "http", "method": "POST", "path": route.address(), "query_string": b""}
    scope |= {"headers": [], "server": ("shop.example", 80), "scheme": "http"}
    app = SimpleNamespace(state=SimpleNamespace(page_methods=methods))
    asked_at = Request({**scope, "app": app, "route": SimpleNamespace(path=route.template)})
    found = page._address(asked_at)
    assert route.address().startswith(found)
    assert found in [one.address() for one in LOOKING]


@pytest.mark.parametrize("roles", ["user", "mediator", "operator"])
async def test_every_page_is_a_page_for_every_role(
    app: AppUnderTest, case: OrderInPlay, roles: str
) -> None:
    async with visiting_as(app, roles) as visit:
        for route in LOOKING:
            if route.template == STREAM:
                continue
            ids = {"order_id": case.order["id"], "user_id": case.buyer.id}
            answer = await visit.get(route.address(service_id=case.service["id"], **ids))
            assert answer.status_code < 500, route
            assert "no-store" in answer.headers["Cache-Control"], route
            if "text/html" in answer.headers.get("Content-Type", ""):
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert "nosniff" == answer.headers["X-Content-Type-Options"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_other_methods_are_no_way(app: AppUnderTest, method: str) -> None:
    async with visiting(app, somebody("method")) as visit:
        for template in {one.template for one in EVERY_ROUTE}:
            where = PageRoute(method, template).address()
            answer = await visit.client.request(method, where)
            assert 405 == answer.status_code, (method, template)
            assert "text/html" in answer.headers["Content-Type"]
            assert {one.method for one in EVERY_ROUTE if one.template == template} <= set(
                answer.headers["Allow"].split(", ")
            ), template


async def test_a_head_is_that_of_its_page(app: AppUnderTest) -> None:
    async with visiting_as(app, "user", "mediator", "operator") as visit:
        for route in LOOKING:
            where = route.address()
            answer = await visit.client.head(where)
            if route.template != STREAM:
                assert (await visit.get(where)).status_code == answer.status_code, route
            assert b"" == answer.content


@pytest.mark.parametrize("change", [lambda a: a + "/", str.upper, lambda a: "/" + a])
async def test_another_spelling_leads_nowhere(app: AppUnderTest, change: object) -> None:
    assert callable(change)
    async with visiting(app, somebody("speller")) as visit:
        for route in LOOKING:
            where = route.address()
            if where == "/":
                continue
            base = str(visit.client.base_url).rstrip("/")
            answer = await visit.client.get(
                httpx.URL(base + change(where)), headers={"Accept": "text/html"}
            )
            assert answer.status_code in (403, 404), (where, answer.status_code)
            assert "Location" not in answer.headers
            assert "text/html" in answer.headers["Content-Type"], where
