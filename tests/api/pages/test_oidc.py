"""Signing in with the marketplace's identity provider: a real one, on a port of this machine."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
import structlog
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from api.auth import discovery
from api.auth.discovery import WELL_KNOWN
from api.pages import pending_sign_ins
from tests.api.pages.browser import Visit, visiting, who
from tests.api.pages.provider.server import (
    CLIENT,
    HOME,
    OidcProvider,
    document,
    standing,
)
from tests.app_under_test import ApiClient, AppUnderTest, Json

OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})
PROVIDERS_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
async def provider() -> AsyncIterator[OidcProvider]:
    async with standing(OidcProvider(PROVIDERS_KEY)) as running:
        yield running


@dataclass
class Meeting:
    """A browser at pages that trust a provider."""

    app: AppUnderTest
    api: ApiClient
    provider: OidcProvider
    visit: Visit

    async def to_provider(self, onward: str = "/") -> str:
        """Presses the button; gives where it leads."""
        answer = await self.visit.get(f"/session/oidc?next={quote(onward)}")
        assert 303 == answer.status_code, answer.text
        return answer.headers["Location"]

    async def at_provider(self, way: str) -> str:
        """Signs in there; gives where the provider sends the browser back, without the host."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(way)
        back = answer.headers["Location"]
        assert back.startswith(f"{HOME}/session/oidc/callback?")
        return back.removeprefix(HOME)

    async def signs_in(self, onward: str = "/") -> httpx.Response:
        """The whole way."""
        return await self.visit.get(await self.at_provider(await self.to_provider(onward)))

    async def is_in(self) -> bool:
        """Whether somebody is signed in."""
        return (await self.visit.get("/")).headers["Location"] != "/session"


@pytest.fixture
async def meeting(app: AppUnderTest, provider: OidcProvider) -> AsyncIterator[Meeting]:
    async with met(app, provider) as made:
        yield made


def met(app: AppUnderTest, provider: OidcProvider, **settings: Any) -> "_Met":
    return _Met(app, provider, settings)


class _Met:
    def __init__(self, app: AppUnderTest, provider: OidcProvider, settings: Json) -> None:
        self._given = app, provider, settings
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Meeting:
        app, provider, settings = self._given
        opened = app.with_settings(**{**provider.trusted, **settings})
        api = await self._stack.enter_async_context(opened)
        visit = await self._stack.enter_async_context(visiting(app, api=api))
        return Meeting(app, api, provider, visit)

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


async def refused(meeting: Meeting, answer: httpx.Response, status: int, words: str) -> None:
    """It was told in words, by a page, and nobody is signed in."""
    assert (status, "text/html; charset=utf-8") == (
        answer.status_code,
        answer.headers["Content-Type"],
    )
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert "sequestre_session=" not in str(answer.headers.get_list("Set-Cookie"))
    assert not await meeting.is_in()


async def test_one_button_leads_to_the_provider_and_back_to_where_one_wanted(
    meeting: Meeting,
) -> None:
    page = (await meeting.visit.get("/session?next=/wallet")).text
    assert 'href="/session/oidc?next=/wallet"' in page
    answer = await meeting.signs_in("/wallet?currency=EUR")
    assert (303, "/wallet?currency=EUR") == (answer.status_code, answer.headers["Location"])
    assert await meeting.is_in()
    assert "no-referrer" == answer.headers["Referrer-Policy"]


async def test_without_a_provider_there_is_no_button_and_no_way(app: AppUnderTest) -> None:
    async with visiting(app) as visit:
        assert "/session/oidc" not in (await visit.get("/session")).text
        for path in ("/session/oidc", "/session/oidc/callback?state=a&code=b", "/session/oidc/end"):
            assert 404 == (await visit.get(path)).status_code


@pytest.mark.parametrize("in_header", [True, False], ids=["header", "form"])
async def test_a_secret_is_shown_as_the_provider_wants_it(
    app: AppUnderTest, provider: OidcProvider, in_header: bool
) -> None:
    provider.in_header = in_header
    async with met(app, provider) as meeting:
        assert 303 == (await meeting.signs_in()).status_code


async def test_a_public_client_has_no_secret(app: AppUnderTest, provider: OidcProvider) -> None:
    provider.secret = None
    async with met(app, provider) as meeting:
        assert 303 == (await meeting.signs_in()).status_code


async def test_roles_are_read_where_tokens_have_them(
    app: AppUnderTest, provider: OidcProvider
) -> None:
    provider.claims = {"roles": ["mediator"], "realm_access": {"roles": ["boss"]}}
    names = {"roles_claim": "realm_access.roles", "role_names": "boss=operator"}
    async with met(app, provider, **names) as meeting:
        await meeting.signs_in()
        assert "/console" == (await meeting.visit.get("/")).headers["Location"]


async def test_who_was_signed_in_before_is_so_no_more(meeting: Meeting) -> None:
    await meeting.signs_in()
    kept = dict(meeting.visit.client.cookies)
    meeting.provider.person = "another"
    await meeting.signs_in()
    meeting.visit.client.cookies.clear()
    meeting.visit.client.cookies.update(kept)
    assert not await meeting.is_in()


NOW = int(time.time())
LIES: list[Any] = [
    pytest.param({"nonce": "another"}, id="wrong nonce"),
    pytest.param({"nonce": None}, id="no nonce"),
    pytest.param({"nonce": ["another"]}, id="a list as nonce"),
    pytest.param({"aud": "another-client"}, id="other audience"),
    pytest.param({"aud": ["another-client", "third"]}, id="other audiences"),
    pytest.param({"aud": []}, id="empty audience"),
    pytest.param({"aud": None}, id="no audience"),
    pytest.param({"aud": [CLIENT, "another"]}, id="shared, party not said"),
    pytest.param({"aud": [CLIENT, "another"], "azp": "another"}, id="another's, shared with us"),
    pytest.param({"azp": "another"}, id="another party"),
    pytest.param({"iss": "https://evil.example"}, id="other issuer"),
    pytest.param({"iss": None}, id="no issuer"),
    pytest.param({"exp": 1}, id="expired long ago"),
    pytest.param({"exp": None}, id="without an end"),
    pytest.param({"exp": "never"}, id="a word as end"),
    pytest.param({"iat": None}, id="without a beginning"),
    pytest.param({"iat": 253402300800}, id="of the future"),
    pytest.param({"nbf": 253402300800}, id="not yet good"),
    pytest.param({"sub": None}, id="nobody"),
    pytest.param({"sub": 7}, id="a number as person"),
    pytest.param({"sub": "a/b"}, id="a slash in the id"),
    pytest.param({"roles": {"operator": True}}, id="roles as an object"),
]


@pytest.mark.parametrize("claims", LIES)
async def test_a_token_that_does_not_hold_lets_nobody_in(meeting: Meeting, claims: Json) -> None:
    meeting.provider.claims = claims
    answer = await meeting.signs_in()
    await refused(meeting, answer, 401, "does not hold")


async def test_a_token_by_another_key_lets_nobody_in(meeting: Meeting) -> None:
    meeting.provider.signs_with = OTHER_KEY
    await refused(meeting, await meeting.signs_in(), 401, "does not hold")


@pytest.mark.parametrize("skew", [{"exp": -20}, {"iat": 20}, {"nbf": 20}], ids=str)
async def test_clocks_may_differ_by_some_seconds(meeting: Meeting, skew: dict[str, int]) -> None:
    now = time.time()
    meeting.provider.claims = {name: int(now + seconds) for name, seconds in skew.items()}
    assert 303 == (await meeting.signs_in()).status_code


async def test_an_answer_with_another_state_begins_nothing(meeting: Meeting) -> None:
    back = await meeting.at_provider(await meeting.to_provider())
    state = parse_qs(urlsplit(back).query)["state"][0]
    for wrong in (state[:-1], state + "x", state[:12], "x", "", "é\x00", state[:12] + "x" * 31):
        answer = await meeting.visit.get(back.replace(state, quote(wrong)))
        await refused(meeting, answer, 401, "was not begun in this browser")
    assert "/token" not in meeting.provider.asked


async def test_a_sign_in_ends_in_the_browser_where_it_began(meeting: Meeting) -> None:
    back = await meeting.at_provider(await meeting.to_provider())
    async with visiting(meeting.app, api=meeting.api) as other:
        answer = await other.get(back)
        assert (401, True) == (answer.status_code, "was not begun" in answer.text)
        # Somebody else's sign-in that was begun there does not help either.
        await other.get("/session/oidc")
        assert 401 == (await other.get(back)).status_code
    assert "/token" not in meeting.provider.asked


async def test_a_code_counts_once(meeting: Meeting) -> None:
    back = await meeting.at_provider(await meeting.to_provider())
    kept = dict(meeting.visit.client.cookies)
    assert 303 == (await meeting.visit.get(back)).status_code
    meeting.visit.client.cookies.clear()
    again = await meeting.visit.get(back)
    await refused(meeting, again, 401, "over already")
    # Nor where the browser has kept its cookie, and the provider would take the code once more.
    for name, value in kept.items():
        meeting.visit.client.cookies.set(name, value, path="/session/oidc")
    asked = len(meeting.provider.asked)
    await refused(meeting, await meeting.visit.get(back), 401, "over already")
    assert asked == len(meeting.provider.asked)


async def test_a_code_that_the_provider_knows_no_more_is_told(meeting: Meeting) -> None:
    back = await meeting.at_provider(await meeting.to_provider())
    meeting.provider.grants.clear()
    await refused(meeting, await meeting.visit.get(back), 401, "does not hold")


async def test_a_code_of_another_sign_in_is_worth_nothing(meeting: Meeting) -> None:
    first, second = [await meeting.at_provider(await meeting.to_provider()) for _ in range(2)]
    codes = [parse_qs(urlsplit(back).query)["code"][0] for back in (first, second)]
    swapped = first.replace(codes[0], codes[1])
    await refused(meeting, await meeting.visit.get(swapped), 401, "does not hold")


async def test_two_tabs_sign_in_beside_each_other(meeting: Meeting) -> None:
    ways = [await meeting.at_provider(await meeting.to_provider(f"/{n}")) for n in "ab"]
    answers = [await meeting.visit.get(back) for back in ways]
    assert ["/a", "/b"] == [answer.headers["Location"] for answer in answers]


async def test_a_browser_keeps_few_that_were_begun(meeting: Meeting) -> None:
    for _ in range(3 * pending_sign_ins.MOST):
        await meeting.to_provider()
    kept = [name for name in meeting.visit.client.cookies if "sign_in" in name]
    assert len(kept) <= pending_sign_ins.MOST
    assert 303 == (await meeting.signs_in()).status_code


async def test_a_sign_in_that_took_too_long_is_begun_anew(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_sign_ins, "SECONDS", -1)
    way = await meeting.visit.get("/session/oidc")
    cookie = way.headers["Set-Cookie"].partition(";")[0].split("=", 1)
    back = await meeting.at_provider(way.headers["Location"])
    meeting.visit.client.cookies.set(cookie[0], cookie[1], path="/session/oidc")
    await refused(meeting, await meeting.visit.get(back), 401, "too long ago")


async def test_an_answer_of_another_provider_is_not_taken(meeting: Meeting) -> None:
    back = await meeting.at_provider(await meeting.to_provider())
    evil = back.replace(quote(meeting.provider.url, safe=""), quote("https://evil.example"))
    assert evil != back
    await refused(meeting, await meeting.visit.get(evil), 401, "does not hold")
    assert "/token" not in meeting.provider.asked


async def test_who_says_to_name_itself_has_to(app: AppUnderTest, provider: OidcProvider) -> None:
    provider.described = {"authorization_response_iss_parameter_supported": True}
    async with met(app, provider) as meeting:
        back = await meeting.at_provider(await meeting.to_provider())
        bare = back.partition("&iss=")[0]
        await refused(meeting, await meeting.visit.get(bare), 401, "does not hold")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 401, "broken off, or it is not allowed"),
        ("login_required", 401, "broken off, or it is not allowed"),
        ("<script>", 401, "broken off, or it is not allowed"),
        ("server_error", 503, "does not answer just now"),
        ("temporarily_unavailable", 503, "does not answer just now"),
        ("", 401, "broken off, or it is not allowed"),
    ],
)
async def test_errors_of_the_provider_are_told_in_our_words(
    meeting: Meeting, error: str, status: int, words: str
) -> None:
    state = parse_qs(urlsplit(await meeting.to_provider()).query)["state"][0]
    said = quote("Sorry <b>no</b> ORA-600")
    back = f"/session/oidc/callback?state={state}&error={quote(error)}&error_description={said}"
    answer = await meeting.visit.get(back)
    await refused(meeting, answer, status, words)
    assert "ORA-600" not in answer.text
    assert state not in answer.text


@pytest.mark.parametrize(
    "away",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil"],
)
async def test_nobody_is_sent_to_another_site(meeting: Meeting, away: str) -> None:
    assert "/" == (await meeting.signs_in(away)).headers["Location"]


TROUBLE: list[Any] = [
    pytest.param(WELL_KNOWN, document({}, 500), id="discovery breaks"),
    pytest.param(WELL_KNOWN, document([]), id="discovery is a list"),
    pytest.param(WELL_KNOWN, document({"issuer": "https://evil.example"}), id="another issuer"),
    pytest.param("/token", document({}, 500), id="token breaks"),
    pytest.param("/token", document({"error": "invalid_client"}, 401), id="we are not known"),
    pytest.param("/token", document([]), id="token is a list"),
    pytest.param("/token", document({"id_token": 7}), id="token is a number"),
    pytest.param("/token", document("x" * 300_000), id="token is a flood"),
    pytest.param("/keys", document({}, 500), id="keys break"),
    pytest.param("/keys", document({"keys": []}), id="no keys"),
]


@pytest.mark.parametrize(("path", "answer"), TROUBLE)
async def test_a_provider_in_trouble_is_told_by_a_page(
    meeting: Meeting, path: str, answer: Any
) -> None:
    meeting.provider.instead = {path: answer}
    found = await meeting.visit.get("/session/oidc")
    if found.status_code == 303:
        found = await meeting.visit.get(await meeting.at_provider(found.headers["Location"]))
    await refused(meeting, found, 503, "does not answer just now")


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", [None, 7, "", "ftp://x", "http://id.example/x", "https://a@b", "javascript:x"]
)
async def test_a_provider_that_names_no_good_address_is_not_followed(
    meeting: Meeting, endpoint: str, address: object
) -> None:
    meeting.provider.described = {endpoint: address}
    await refused(meeting, await meeting.visit.get("/session/oidc"), 503, "does not answer")


@pytest.mark.parametrize("issuer", ["https://evil.example", "/", None])
async def test_a_provider_that_calls_itself_otherwise_is_not_followed(
    meeting: Meeting, issuer: str | None
) -> None:
    said = meeting.provider.url + issuer if issuer == "/" else issuer
    meeting.provider.described = {"issuer": said}
    await refused(meeting, await meeting.visit.get("/session/oidc"), 503, "does not answer")


async def test_a_provider_that_is_away_is_told_and_found_again(
    app: AppUnderTest, provider: OidcProvider
) -> None:
    async with met(app, provider, oidc_issuer="http://127.0.0.1:1") as meeting:
        await refused(meeting, await meeting.visit.get("/session/oidc"), 503, "does not answer")
    async with met(app, provider) as meeting:
        provider.instead = {WELL_KNOWN: document({}, 503)}
        assert 503 == (await meeting.visit.get("/session/oidc")).status_code
        provider.instead = {}
        assert 303 == (await meeting.signs_in()).status_code


async def test_what_a_provider_says_of_itself_is_asked_for_once(meeting: Meeting) -> None:
    for _ in range(3):
        assert 303 == (await meeting.signs_in()).status_code
    assert 1 == meeting.provider.asked.count(WELL_KNOWN)
    assert 1 == meeting.provider.asked.count("/keys")


async def test_what_was_known_serves_while_the_provider_is_away(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "FRESH_SECONDS", 0)
    assert 303 == (await meeting.signs_in()).status_code
    meeting.provider.instead = {WELL_KNOWN: document({}, 500)}
    assert 303 == (await meeting.signs_in()).status_code


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}])
async def test_a_code_is_not_spent_by_who_only_looks_ahead(
    meeting: Meeting, headers: dict[str, str]
) -> None:
    back = await meeting.at_provider(await meeting.to_provider())
    client = meeting.visit.client
    assert 503 == (await client.get(back, headers=headers)).status_code
    assert 200 == (await client.head(back)).status_code
    assert "/token" not in meeting.provider.asked
    assert 303 == (await client.get(back)).status_code


async def test_the_cookie_of_a_sign_in_is_for_it_alone(meeting: Meeting) -> None:
    cookie = (await meeting.visit.get("/session/oidc")).headers["Set-Cookie"].lower()
    for wanted in ("; httponly", "; samesite=lax", "; path=/session/oidc", "; max-age=600"):
        assert wanted in cookie
    far = await meeting.visit.get("/session/oidc", Host="shop.example")
    assert "; secure" in far.headers["Set-Cookie"].lower()


async def test_signing_out_leads_out_of_the_provider_too(
    app: AppUnderTest, provider: OidcProvider
) -> None:
    provider.described = {"end_session_endpoint": f"{provider.url}/logout?realm=a"}
    async with met(app, provider) as meeting:
        await meeting.signs_in()
        answer = await meeting.visit.client.post("/session/end", data={"x": "y"})
        assert (303, "/session/oidc/end") == (answer.status_code, answer.headers["Location"])
        assert not await meeting.is_in()
        page = (await meeting.visit.get("/session/oidc/end")).text
        way = f"{provider.url}/logout?realm=a&amp;client_id={CLIENT}&amp;post_logout_redirect_uri="
        assert 2 == page.count(way + quote(f"{HOME}/session", safe=""))
        # Who then comes by the marketplace's link has nothing to leave there.
        again = await meeting.visit.client.post("/session/end", data={"x": "y"})
        assert "/session" == again.headers["Location"]


async def test_signing_out_ends_here_where_the_provider_has_no_such_place(
    meeting: Meeting,
) -> None:
    await meeting.signs_in()
    answer = await meeting.visit.client.post("/session/end", data={"x": "y"})
    then = await meeting.visit.get(answer.headers["Location"])
    assert (303, "/session") == (then.status_code, then.headers["Location"])
    assert not await meeting.is_in()


async def test_who_leaves_while_the_provider_is_away_is_out_here(
    app: AppUnderTest, meeting: Meeting
) -> None:
    await meeting.signs_in()
    async with met(app, meeting.provider, oidc_issuer="http://127.0.0.1:1") as later:
        later.visit.client.cookies.update(dict(meeting.visit.client.cookies))
        assert await later.is_in()
        await later.visit.client.post("/session/end", data={"x": "y"})
        then = await later.visit.get("/session/oidc/end")
        assert (303, "/session") == (then.status_code, then.headers["Location"])
    assert not await meeting.is_in()


async def test_nothing_secret_of_a_sign_in_is_logged(meeting: Meeting) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        back = await meeting.at_provider(await meeting.to_provider())
        query = parse_qs(urlsplit(back).query)
        cookies = dict(meeting.visit.client.cookies)
        await meeting.visit.get(back)
        meeting.provider.claims = {"nonce": "x"}
        await meeting.signs_in()
    told = str(lines)
    assert "/session/oidc/callback" in told
    secrets = [query["code"][0], query["state"][0], *cookies.values()]
    secrets += meeting.visit.client.cookies.values()
    assert [] == [one for one in secrets if one in told]


async def test_the_name_that_the_provider_gives_is_theirs(
    app: AppUnderTest, provider: OidcProvider
) -> None:
    provider.person = "named-by-provider"
    async with met(app, provider, demo_entrance=True) as meeting:
        await meeting.signs_in()
        assert who((await meeting.visit.get("/enter")).text) == "Somebody Else"
