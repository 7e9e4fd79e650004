"""Sessions end when they should, are their holder's alone, and are told to nobody."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from api.pages import cookies
from db.sealed_secrets import seal_all
from db.sealing import Keyring
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.test_sign_in import link
from tests.app_under_test import KEYRING, SECRETS_KEY, ApiClient, AppUnderTest, Person, somebody

NEW_KEY = "bmV3ZXIga2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXM="


async def is_in(visit: Visit) -> bool:
    return (await visit.get("/")).headers["Location"] != "/session"


@asynccontextmanager
async def owner_of(app: AppUnderTest) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may write what no session's own process may: when it ends."""
    connected = await asyncpg.connect(app.database_url)
    try:
        yield connected
    finally:
        await connected.close()


async def passed(app: AppUnderTest, who: Person, column: str, seconds: int) -> None:
    """Sets when somebody's session ends, so many seconds from now."""
    async with owner_of(app) as owner:
        changed = await owner.execute(
            f"UPDATE sessions SET {column} = now() + $2 * interval '1 second' WHERE user_id = $1",
            who.id,
            seconds,
        )
    assert "UPDATE 1" == changed


async def left(app: AppUnderTest, who: Person, column: str) -> float:
    """In how many seconds somebody's session ends."""
    async with owner_of(app) as owner:
        found: float = await owner.fetchval(
            f"SELECT extract(epoch FROM {column} - now())::float8 FROM sessions WHERE user_id = $1",
            who.id,
        )
    return found


@pytest.mark.parametrize("column", ["idle_until", "ends_at"])
async def test_a_session_that_is_over_lets_nobody_in(app: AppUnderTest, column: str) -> None:
    who = somebody("over")
    async with visiting(app, who) as visit:
        assert await is_in(visit)
        await passed(app, who, column, -1)
        assert not await is_in(visit)


async def test_who_does_something_stays_and_who_does_nothing_is_out(app: AppUnderTest) -> None:
    who = somebody("busy")
    hour = 3600
    async with (
        app.with_settings(session_idle="PT12H", session_limit="P7D") as api,
        visiting(app, who, api) as visit,
    ):
        assert 11 * hour < await left(app, who, "idle_until") <= 12 * hour
        await passed(app, who, "idle_until", hour)
        assert await is_in(visit)
        assert 11 * hour < await left(app, who, "idle_until") <= 12 * hour
        await passed(app, who, "idle_until", 0)
        assert not await is_in(visit)


async def test_whatever_one_does_it_ends(app: AppUnderTest) -> None:
    who = somebody("tireless")
    async with (
        app.with_settings(session_idle="PT12H", session_limit="P7D") as api,
        visiting(app, who, api) as visit,
    ):
        assert 6.9 * 86_400 < await left(app, who, "ends_at") <= 7 * 86_400
        await passed(app, who, "ends_at", 1800)
        await passed(app, who, "idle_until", 900)
        assert await is_in(visit)
        # It was prolonged, and not beyond its end.
        assert 900 < await left(app, who, "idle_until") <= 1800
        assert await left(app, who, "ends_at") <= 1800


async def test_an_idle_time_beyond_the_limit_is_cut_to_it(app: AppUnderTest) -> None:
    who = somebody("short")
    async with (
        app.with_settings(session_idle="P7D", session_limit="PT1H") as api,
        visiting(app, who, api),
    ):
        assert await left(app, who, "idle_until") <= 3600


async def test_who_signs_out_in_one_tab_is_out_in_the_other(app: AppUnderTest) -> None:
    async with visiting(app, somebody("tabs")) as tab, visiting(app) as other:
        other.client.cookies.update(dict(tab.client.cookies))
        assert await is_in(other)
        await tab.client.post("/session/end", data={"x": "y"})
        assert not await is_in(other)
        assert 303 == (await other.client.post("/session/end", data={"x": "y"})).status_code


async def test_who_signs_in_again_has_left_the_session_before(app: AppUnderTest) -> None:
    async with visiting(app, somebody("first")) as visit:
        before = dict(visit.client.cookies)
        await visit.get(link(app, "second"))
        visit.client.cookies.clear()
        visit.client.cookies.update(before)
        assert not await is_in(visit)


def _sealed(by: Keyring, secret: str, user_id: str = "the-operator") -> str:
    said = cookies.Sealed(secret, user_id, ("operator",), 4_000_000_000.0)
    return cookies.sealed(by, said)


async def test_a_forged_cookie_is_nobodys(app: AppUnderTest) -> None:
    async with visiting(app, somebody("honest")) as visit:
        mine = visit.client.cookies[cookies.SESSION]
    own = cookies.opened(KEYRING, mine)
    assert own is not None
    forged = [
        "",
        "x",
        "é".encode().decode("latin-1"),
        "A" * 3000,
        mine[:-4],
        mine[:-4] + "AAAA",
        mine[4:],
        _sealed(Keyring([b"y" * 32]), own.secret),  # by another key, of a session that goes on
        _sealed(KEYRING, "of-no-session"),  # by our key, of none
    ]
    async with visiting(app) as visit:
        for value in forged:
            sent = {"Cookie": f"{cookies.SESSION}={value}".encode("latin-1")}
            answer = await visit.client.get("/", headers=sent)  # type: ignore[arg-type]
            assert (303, "/session") == (answer.status_code, answer.headers["Location"]), value


async def test_what_a_cookie_says_of_roles_is_not_believed(app: AppUnderTest) -> None:
    # Only who has our key could; the row decides nevertheless.
    async with visiting(app, somebody("modest")) as visit:
        own = cookies.opened(KEYRING, visit.client.cookies[cookies.SESSION])
        assert own is not None
        visit.client.cookies.clear()
        visit.client.cookies.set(cookies.SESSION, _sealed(KEYRING, own.secret))
        assert "/orders" == (await visit.get("/")).headers["Location"]


async def test_an_older_key_opens_and_one_that_is_gone_does_not(app: AppUnderTest) -> None:
    async with visiting(app, somebody("rotated")) as before:
        kept = dict(before.client.cookies)
    try:
        for key, expected in ((f"{NEW_KEY},{SECRETS_KEY}", True), (NEW_KEY, False)):
            async with app.with_settings(secrets_key=key) as api, visiting(app, api=api) as visit:
                visit.client.cookies.update(kept)
                assert expected == await is_in(visit)
    finally:
        # An API that starts seals by its own first key whatever others have left on this database.
        await seal_all(app.pool, Keyring.read(f"{SECRETS_KEY},{NEW_KEY}"))


async def _everything(app: AppUnderTest, api: ApiClient) -> tuple[list[str], list[httpx.Response]]:
    """Signs in well and badly, looks around and leaves; gives the secrets of it and the answers."""
    way = link(app, "told-of")
    async with visiting(app, api=api) as visit:
        paths = (way, way, "/session?token=a.b.c", "/", "/orders/nowhere/at/all")
        answers = [await visit.get(path) for path in paths[:1]]
        cookie = visit.client.cookies[cookies.SESSION]
        answers += [await visit.get(path) for path in paths[1:]]
        answers.append(await visit.client.post("/session/end", data={"x": "y"}))
    said = cookies.opened(KEYRING, cookie)
    assert said is not None
    return [way.partition("=")[2], "a.b.c", cookie, said.secret], answers


async def test_neither_cookies_nor_tokens_of_links_are_logged(app: AppUnderTest) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        secrets, answers = await _everything(app, app.api)
    requests = [line for line in lines if line["event"] == "request"]
    assert len(answers) == len(requests)
    assert [] == [one for one in secrets if one in str(lines)]


async def test_no_page_tells_the_token_of_a_link_on(app: AppUnderTest) -> None:
    secrets, answers = await _everything(app, app.api)
    token = secrets[0]
    for answer in answers:
        assert token not in answer.text
        assert token not in answer.headers.get("Location", "")
    for answer in answers[:3]:
        assert "no-referrer" == answer.headers["Referrer-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]


async def test_an_error_at_a_links_address_tells_nothing_on_either(app: AppUnderTest) -> None:
    away = {"jwt_secret": None, "jwks_url": "http://127.0.0.1:1/", "jwt_issuer": "https://i/"}
    token = link(app, "unlucky").partition("=")[2]
    async with (
        app.with_settings(**away, jwt_audience="a") as api,
        visiting(app, api=api) as visit,
    ):
        answer = await visit.get(f"/session?token={token}&next=/wallet")
        # It cannot be checked at all, by which it may be a 401 or a 503; in both it is hushed.
        assert answer.status_code in (401, 503)
        assert token not in answer.text
        assert "no-referrer" == answer.headers["Referrer-Policy"]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 200),
        ("GET", {"Sec-Purpose": "prefetch"}, 503),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}, 503),
        ("GET", {"Purpose": "prefetch"}, 503),
        ("GET", {"X-Purpose": "preview"}, 503),
        ("GET", {"X-Moz": "prefetch"}, 503),
        ("HEAD", {"Sec-Purpose": "prefetch"}, 200),
    ],
)
async def test_who_only_looks_ahead_spends_no_link(
    app: AppUnderTest, method: str, headers: dict[str, str], status: int
) -> None:
    way = link(app, "linked")
    async with visiting(app) as ahead, visiting(app) as visit:
        answer = await ahead.client.request(method, way, headers=headers)
        assert status == answer.status_code
        assert "Set-Cookie" not in answer.headers
        assert 303 == (await visit.get(way)).status_code
        assert await is_in(visit)


async def test_each_cookie_of_the_pages_is_hidden_from_scripts(app: AppUnderTest) -> None:
    async with visiting(app) as visit:
        answers = [await visit.get(link(app, "careful"), Host="shop.example")]
        for path, sent in (("language", "fr"), ("theme", "dark")):
            answers.append(
                await visit.client.post(
                    f"/preferences/{path}", data={path: sent}, headers={"Host": "shop.example"}
                )
            )
        answers.append(await visit.client.post("/session/end", data={"x": "y"}))
        set_here = [one for answer in answers for one in answer.headers.get_list("Set-Cookie")]
        assert len(set_here) >= 4
        for cookie in set_here:
            assert re.search(r"; HttpOnly(;|$)", cookie), cookie
            assert re.search(r"; SameSite=lax(;|$)", cookie, re.IGNORECASE), cookie
        for cookie in set_here[:3]:
            assert re.search(r"; Secure(;|$)", cookie), cookie
        assert "Domain=" not in str(set_here)
        session = set_here[0]
        assert "Max-Age" not in session  # it goes with the browser
        assert "expires" not in session
