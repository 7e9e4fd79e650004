"""Tokens signed with the app's own secret."""

import time

import pytest

from api.auth.tokens import Verifier
from infra.settings import Settings
from tests.api.conftest import AnotherApi
from tests.api.forged import signed
from tests.app_under_test import SECRET, AppUnderTest, Json
from tests.contract import eur

PROVIDER = {"jwks_url": "https://id.example", "jwt_issuer": "id", "jwt_audience": "sequestre"}
SERVICE = {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"}


def bearer(token: str) -> Json:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_just_run_out_is_taken_for_a_moment(app: AppUnderTest) -> None:
    token = signed(exp=int(time.time()) - 5)
    answer = await app.api.get("/v1/wallet", **bearer(token))
    assert 200 == answer.status_code


async def test_the_refusal_says_that_a_token_has_expired(app: AppUnderTest) -> None:
    token = signed(exp=int(time.time()) - 3600)
    answer = await app.api.get("/v1/wallet", **bearer(token))
    assert (401, True) == (answer.status_code, "expired" in answer.json()["detail"])


@pytest.mark.parametrize("roles", [None, [], ["admin"], ["USER"], [7, None, "root"]])
async def test_without_a_known_role_one_reads_and_does_nothing(
    app: AppUnderTest, roles: list[object] | None
) -> None:
    headers = bearer(signed(roles=roles))
    read = await app.api.get("/v1/wallet", **headers)
    done = await app.api.post("/v1/services", None, SERVICE, **headers)
    assert (200, 403) == (read.status_code, done.status_code)


async def test_the_scheme_is_written_in_any_case(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/wallet", Authorization=f"bearer {signed()}")
    assert 200 == answer.status_code


async def test_issuer_and_audience_are_checked_where_they_are_set(another_api: AnotherApi) -> None:
    ours: Json = {"iss": "https://id.example", "aud": "sequestre"}
    tokens = [
        signed(**ours),
        signed(**ours | {"aud": ["other", "sequestre"]}),
        signed(**ours | {"iss": "https://evil.example"}),
        signed(**ours | {"aud": "other"}),
        signed(iss=ours["iss"]),
        signed(aud=ours["aud"]),
    ]
    api = await another_api(jwt_issuer=ours["iss"], jwt_audience=ours["aud"])
    answers = [await api.get("/v1/wallet", **bearer(token)) for token in tokens]
    assert [200, 200, 401, 401, 401, 401] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "keys",
    [{}, {"jwt_secret": SECRET, **PROVIDER}, {"jwt_secret": "too short"}],
    ids=["none", "both", "short"],
)
def test_the_api_does_not_start_without_one_good_key(keys: Json) -> None:
    settings = Settings(_env_file=None, **{"database_url": "postgresql://nowhere", **keys})
    with pytest.raises(ValueError, match="SEQUESTRE_JWT_SECRET"):
        Verifier(settings)
