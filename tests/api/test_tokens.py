"""Tokens signed with the house's own secret."""

import time

import pytest

from api.auth.tokens import Verifier
from infra.settings import Settings
from tests.api.conftest import OpenDoor
from tests.api.forged import signed
from tests.api.readings import eur
from tests.house import SECRET, House, Json

SERVICE = {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"}


def bearer(token: str) -> Json:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_just_run_out_is_taken_for_a_moment(house: House) -> None:
    token = signed(exp=int(time.time()) - 5)
    answer = await house.door.get("/v1/wallet", **bearer(token))
    assert 200 == answer.status_code


async def test_the_refusal_says_that_a_token_has_expired(house: House) -> None:
    token = signed(exp=int(time.time()) - 3600)
    answer = await house.door.get("/v1/wallet", **bearer(token))
    assert (401, True) == (answer.status_code, "expired" in answer.json()["detail"])


@pytest.mark.parametrize("roles", [None, [], ["admin"], ["USER"], [7, None, "root"]])
async def test_without_a_known_role_one_reads_and_does_nothing(
    house: House, roles: list[object] | None
) -> None:
    headers = bearer(signed(roles=roles))
    read = await house.door.get("/v1/wallet", **headers)
    done = await house.door.post("/v1/services", None, SERVICE, **headers)
    assert (200, 403) == (read.status_code, done.status_code)


async def test_the_scheme_is_written_in_any_case(house: House) -> None:
    answer = await house.door.get("/v1/wallet", Authorization=f"bearer {signed()}")
    assert 200 == answer.status_code


async def test_issuer_and_audience_are_checked_where_they_are_set(open_door: OpenDoor) -> None:
    ours: Json = {"iss": "https://id.example", "aud": "sequestre"}
    tokens = [
        signed(**ours),
        signed(**ours | {"aud": ["other", "sequestre"]}),
        signed(**ours | {"iss": "https://evil.example"}),
        signed(**ours | {"aud": "other"}),
        signed(iss=ours["iss"]),
        signed(aud=ours["aud"]),
    ]
    door = await open_door(jwt_issuer=ours["iss"], jwt_audience=ours["aud"])
    answers = [await door.get("/v1/wallet", **bearer(token)) for token in tokens]
    assert [200, 200, 401, 401, 401, 401] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "keys",
    [{}, {"jwt_secret": SECRET, "jwks_url": "https://id.example"}, {"jwt_secret": "too short"}],
    ids=["none", "both", "short"],
)
def test_the_api_does_not_start_without_one_good_key(keys: Json) -> None:
    settings = Settings(_env_file=None, **{"database_url": "postgresql://nowhere", **keys})
    with pytest.raises(ValueError, match="SEQUESTRE_JWT_SECRET"):
        Verifier(settings)
