"""Signing in with the marketplace's identity provider: a real one, on a port of this machine."""

import pytest

from tests.api.pages.browser import visiting
from tests.api.pages.oidc.meeting import Meeting, met
from tests.api.pages.provider.server import OidcProvider
from tests.app_under_test import AppUnderTest


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
