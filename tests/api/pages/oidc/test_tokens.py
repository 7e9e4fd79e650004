"""A token of the provider that does not hold in every claim lets nobody in."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.api.pages.oidc.meeting import Meeting, refused
from tests.api.pages.provider.server import CLIENT
from tests.app_under_test import Json

OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})
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
    meeting.provider.skew = skew
    assert 303 == (await meeting.signs_in()).status_code
