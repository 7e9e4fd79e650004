"""What comes back from a provider counts once, in the browser and for the sign-in it is of."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest

from api.pages import pending_sign_ins
from tests.api.pages.browser import visiting
from tests.api.pages.oidc.meeting import Meeting, met, refused
from tests.api.pages.provider.server import OidcProvider
from tests.app_under_test import AppUnderTest


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
