"""The marketplace's link signs somebody in, once."""

import re

from tests.api.pages.browser import visiting
from tests.app_under_test import AppUnderTest, somebody


def link(app: AppUnderTest, name: str, *roles: str) -> str:
    who = somebody(name, *(roles or ("user",)))
    token = who.signed(app.api.secret)["Authorization"].removeprefix("Bearer ")
    return f"/session?token={token}"


async def test_a_link_signs_in_once_and_its_token_is_gone_from_the_address(
    app: AppUnderTest,
) -> None:
    way = link(app, "linked")
    async with visiting(app) as first, visiting(app) as second:
        answer = await first.get(way)
        assert (303, "/") == (answer.status_code, answer.headers["Location"])
        again = await second.get(way)
        assert 401 == again.status_code
        assert "used before" in again.text
        assert "Set-Cookie" not in again.headers
        assert (await first.get("/")).headers["Location"] == "/orders"


async def test_the_cookie_is_for_the_pages_alone(app: AppUnderTest) -> None:
    async with visiting(app) as visit:
        cookie = (await visit.get(link(app, "cautious"))).headers["Set-Cookie"]
        assert re.search(r"; HttpOnly(;|$)", cookie)
        assert re.search(r"; SameSite=lax(;|$)", cookie, re.IGNORECASE)
        assert "Secure" not in cookie  # on loopback
        far = await visit.get(link(app, "far-away"), Host="shop.example")
        assert "; Secure" in far.headers["Set-Cookie"]
        assert 401 == (await visit.get("/v1/wallet")).status_code


async def test_who_signs_out_is_out_wherever_the_cookie_was_kept(app: AppUnderTest) -> None:
    async with visiting(app, somebody("leaving")) as visit:
        kept = dict(visit.client.cookies)
        assert 303 == (await visit.client.post("/session/end", data={"x": "y"})).status_code
        visit.client.cookies.update(kept)
        assert (await visit.get("/")).headers["Location"] == "/session"


async def test_a_forged_link_signs_nobody_in(app: AppUnderTest) -> None:
    async with visiting(app) as visit:
        answer = await visit.get("/session?token=a.b.c")
        assert 401 == answer.status_code
        assert "Set-Cookie" not in answer.headers


async def test_nobody_is_sent_to_another_site(app: AppUnderTest) -> None:
    for away in ("https://evil.example", "//evil.example", "/\\evil.example", "evil.example"):
        async with visiting(app) as visit:
            answer = await visit.get(link(app, "led-astray") + f"&next={away}")
            assert (303, "/") == (answer.status_code, answer.headers["Location"])


async def test_language_and_theme_are_switched_without_a_session(app: AppUnderTest) -> None:
    async with visiting(app) as visit:
        fields = {"language": "fr", "next": "/session"}
        answer = await visit.client.post("/preferences/language", data=fields)
        assert (303, "/session") == (answer.status_code, answer.headers["Location"])
        await visit.client.post("/preferences/theme", data={"theme": "dark", "next": "/session"})
        page = (await visit.get("/session")).text
        assert (200, True) == (200, '"fr"' in page), page[:300]
        assert 'data-theme="dark"' in page


async def test_a_form_of_another_site_is_refused(app: AppUnderTest) -> None:
    async with visiting(app, somebody("careful")) as visit:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            answer = await visit.client.post("/session/end", data={"x": "y"}, headers=headers)
            assert 403 == answer.status_code
            assert "text/html" in answer.headers["Content-Type"]
        assert (await visit.get("/")).headers["Location"] == "/orders"


async def test_what_is_not_there_is_told_by_a_page(app: AppUnderTest) -> None:
    async with visiting(app, somebody("lost")) as visit:
        answer = await visit.get("/orders/nowhere/at/all")
        assert (404, "text/html; charset=utf-8") == (
            answer.status_code,
            answer.headers["Content-Type"],
        )
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
