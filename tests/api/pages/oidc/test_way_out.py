"""Signing out leads out of the provider too, and nothing secret stays behind."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest
import structlog
from structlog.testing import capture_logs

from tests.api.pages.browser import who
from tests.api.pages.oidc.meeting import Meeting, met
from tests.api.pages.provider.server import CLIENT, HOME, OidcProvider
from tests.app_under_test import AppUnderTest


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
