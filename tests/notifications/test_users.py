"""People as the marketplace's backend sets them up, and as they say themselves: the last word
counts."""

import asyncio
from typing import Any

import pytest

from tests.api.forged import signed
from tests.app_under_test import OPERATOR, ApiClient, Person
from tests.domain.test_display_name import HOSTILE
from tests.notifications.conftest import Town
from tests.notifications.test_me import ANA, WISHES, me, says

NOTHING: dict[str, Any] = {
    "user_id": "ana",
    "name": None,
    "roles": [],
    "language": None,
    "email": None,
    "email_confirmed": None,
    "time_zone": "UTC",
    "channels": {"in_app": True, "email": False},
}
PATH = "/v1/users/ana"
NO_JSON = "half a character"
"""What nothing in UTF-8 can carry."""


async def sets(api: ApiClient, path: str = PATH, **said: Any) -> dict[str, Any]:
    """An operator says this of somebody."""
    answer = await api.call("PUT", path, OPERATOR, said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def looked_up(api: ApiClient, path: str = PATH) -> dict[str, Any] | int:
    """Somebody as operators see them, or the status."""
    answer = await api.get(path, OPERATOR)
    found: dict[str, Any] = answer.json()
    return found if answer.status_code == 200 else answer.status_code


async def comes_by(api: ApiClient, name: object, sub: str = "ana", **claims: Any) -> None:
    """Somebody whose token says what they are called sends a request."""
    bearer = signed(sub=sub, name=name, roles=["user"], **claims)
    answer = await api.get("/v1/wallet", Authorization=f"Bearer {bearer}")
    assert answer.status_code == 200, answer.text


async def test_of_nobody_nothing_is_known(api: ApiClient) -> None:
    assert await looked_up(api) == 404
    assert await sets(api) == NOTHING
    assert await looked_up(api) == 404


async def test_all_of_it_is_said_at_once(api: ApiClient) -> None:
    said: dict[str, Any] = {
        "name": "Ana Silva",
        "email": "ana@example.org",
        "language": "fr",
        "time_zone": "Europe/Paris",
        "channels": {"email": True},
    }
    expected = (
        NOTHING
        | said
        | {"email_confirmed": True, "channels": NOTHING["channels"] | {"email": True}}
    )
    assert await sets(api, **said) == expected
    assert await looked_up(api) == expected
    assert await me(api) == expected | {"roles": ["user"]}


async def test_what_is_left_out_stays_as_it_is(api: ApiClient) -> None:
    await sets(api, name="Ana", email="ana@example.org", language="fr", channels={"email": False})
    for said in ({}, {"language": None}, {"time_zone": "Europe/Paris"}, {"channels": None}):
        found = await sets(api, **said)
        assert tuple(found[one] for one in ("name", "email", "language")) == (
            "Ana",
            "ana@example.org",
            "fr",
        )
        assert not found["channels"]["email"]
    assert found["time_zone"] == "Europe/Paris"
    assert (await sets(api, email=None))["email_confirmed"] is None
    assert (await looked_up(api))["name"] == "Ana"  # type: ignore[index]


async def test_who_is_only_named_goes_on_reading_as_before(api: ApiClient) -> None:
    assert await sets(api, name="Ana") == NOTHING | {"name": "Ana"}
    assert (await me(api, Accept_Language="fr"))["language"] == "fr"


async def test_an_address_alone_is_used(api: ApiClient) -> None:
    found = await sets(api, email="ana@example.org")
    assert (found["email_confirmed"], found["channels"]["email"]) == (True, True)


async def test_mails_go_to_an_address_that_the_marketplace_set(api: ApiClient, town: Town) -> None:
    await sets(api, "/v1/users/zoe", email="zoe@example.org", language="fr")
    step = await town.write(buyer_id="zoe", seller_id="yan")
    await town.channel().send(await town.message(step, "zoe"))
    (mail,) = town.office.mails
    assert "zoe@example.org" in str(mail)
    assert await town.pool.fetchval("SELECT count(*) FROM confirmations") == 0


async def test_who_has_ordered_or_sold_is_known(api: ApiClient, town: Town) -> None:
    await town.write(buyer_id="xenia", seller_id="wim")
    for user in ("xenia", "wim"):
        assert await looked_up(api, f"/v1/users/{user}") == NOTHING | {"user_id": user}


async def test_another_address_of_hers_has_to_be_confirmed_and_the_old_one_again(
    api: ApiClient,
) -> None:
    await sets(api, email="ana@example.org")
    assert (await says(api))["email_confirmed"] is True
    assert (await says(api, email="new@example.org"))["email_confirmed"] is False
    assert (await sets(api, email="new@example.org"))["email_confirmed"] is True


async def test_the_last_word_counts(api: ApiClient) -> None:
    await sets(api, name="Of the marketplace", language="en")
    assert (await says(api, name="Of herself"))["name"] == "Of herself"
    assert (await looked_up(api))["language"] == "fr"  # type: ignore[index]
    assert (await sets(api, name="Of the marketplace"))["name"] == "Of the marketplace"
    assert (await says(api))["name"] == "Of the marketplace"
    assert (await says(api, name=None))["name"] is None


async def test_a_token_names_who_has_no_other_name(api: ApiClient) -> None:
    await comes_by(api, "Of the token")
    assert await looked_up(api) == NOTHING | {"name": "Of the token"}
    await sets(api, name="Of the marketplace")
    await comes_by(api, "Of another token")
    assert (await me(api))["name"] == "Of the marketplace"
    assert await looked_up(api) == NOTHING | {"name": "Of the marketplace"}
    assert (await sets(api, name=None))["name"] == "Of another token"


@pytest.mark.parametrize("hostile", sorted(set(HOSTILE) - {NO_JSON}))
async def test_hostile_names_are_refused(api: ApiClient, hostile: str) -> None:
    """In a token they are none."""
    name = HOSTILE[hostile]
    for path, who, said in (
        (PATH, OPERATOR, {"name": name}),
        ("/v1/me", ANA, WISHES | {"name": name}),
    ):
        answer = await api.call("PUT", path, who, said)
        assert answer.status_code == 422, answer.text
        assert [one["field"] for one in answer.json()["errors"]] == ["body.name"]
    await comes_by(api, name)
    assert await looked_up(api) == 404


@pytest.mark.parametrize("odd", [7, ["Ana"], {"first": "Ana"}, True])
async def test_what_is_no_text_names_nobody(api: ApiClient, odd: object) -> None:
    await comes_by(api, odd)
    assert await looked_up(api) == 404
    assert (await api.call("PUT", PATH, OPERATOR, {"name": odd})).status_code == 422


@pytest.mark.parametrize(
    "said",
    [
        {"email": "ana"},
        {"email": "ana@example.org\r\nBcc: mallory@example.com"},
        {"language": "de"},
        {"time_zone": "Paris"},
        {"channels": {"email": "yes"}},
        {"channels": {}},
        {"roles": ["operator"]},
        {"nickname": "Ana"},
    ],
)
async def test_nothing_is_kept_of_what_is_refused(api: ApiClient, said: dict[str, Any]) -> None:
    answer = await api.call("PUT", PATH, OPERATOR, {"name": "Ana"} | said)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert await looked_up(api) == 404


@pytest.mark.parametrize("user", ["", " ", "a%2Fb", "a%0Ab", "x" * 101, "%2E", "ana%20"])
async def test_an_odd_id_is_nobody(api: ApiClient, user: str) -> None:
    for method, said in (("GET", None), ("PUT", {"name": "Ana"})):
        answer = await api.call(method, f"/v1/users/{user}", OPERATOR, said)
        assert answer.status_code in (404, 405, 422), answer.text


async def test_setting_somebody_up_gives_no_role_and_takes_none(api: ApiClient) -> None:
    mia = Person("ana", ("mediator",))
    await sets(api, email="ana@example.org")
    assert (await looked_up(api))["roles"] == []  # type: ignore[index]
    await api.get("/v1/disputes", mia)
    assert (await sets(api, name="Mia", language="fr"))["roles"] == ["mediator"]


async def test_roles_lapse(api: ApiClient, town: Town) -> None:
    await says(api, Person("ana", ("operator",)))
    await town.pool.execute("UPDATE people SET roles_at = now() - interval '25 hours'")
    assert (await looked_up(api))["roles"] == []  # type: ignore[index]


async def test_two_at_once_lose_nothing_of_each_other(api: ApiClient) -> None:
    await asyncio.gather(
        *(sets(api, **said) for said in ({"language": "fr"}, {"time_zone": "Europe/Paris"}) * 5),
        *(sets(api, **said) for said in ({"email": "ana@example.org"}, {"name": "Ana"}) * 5),
    )
    found = await looked_up(api)
    assert isinstance(found, dict)
    assert (found["language"], found["time_zone"]) == ("fr", "Europe/Paris")
    assert (
        found["name"],
        found["email"],
        found["email_confirmed"],
    ) == ("Ana", "ana@example.org", True)


async def test_names_are_in_no_log(api: ApiClient, capsys: pytest.CaptureFixture[str]) -> None:
    await sets(api, name="Anastasia Secret")
    await comes_by(api, "Benedict Secret", sub="ben")
    await api.call("PUT", PATH, OPERATOR, {"name": "Anastasia Secret\n"})
    said = capsys.readouterr()
    assert "/v1/users/" in said.out + said.err
    assert "Secret" not in said.out + said.err
