"""A provider that is in trouble, or no good, is told of by a page, in our words."""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from api.auth import discovery
from api.auth.discovery import WELL_KNOWN
from tests.api.pages.oidc.meeting import Meeting, met, refused
from tests.api.pages.provider.server import OidcProvider, document
from tests.app_under_test import AppUnderTest


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
