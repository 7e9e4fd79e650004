"""How people say how they want to be told."""

import asyncio
from typing import Any

import pytest

from api.auth import shown_roles
from tests.app_under_test import ApiClient, Person, somebody
from tests.notifications.conftest import Town

ANA = Person("ana")
WISHES: dict[str, Any] = {
    "language": "fr",
    "email": "ana@example.org",
    "time_zone": "Europe/Paris",
    "channels": {"email": True},
}


async def me(api: ApiClient, who: Person = ANA, **headers: str) -> dict[str, Any]:
    """Somebody as the service knows them."""
    answer = await api.get("/v1/me", who, **headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def says(api: ApiClient, who: Person = ANA, **changes: Any) -> dict[str, Any]:
    """Somebody says how they want to be told."""
    answer = await api.call("PUT", "/v1/me", who, {**WISHES, **changes})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_who_never_said_anything(api: ApiClient, town: Town) -> None:
    assert await me(api) == {
        "user_id": "ana",
        "name": None,
        "roles": ["user"],
        "language": "en",
        "email": None,
        "email_confirmed": None,
        "time_zone": "UTC",
        "channels": {"in_app": True, "email": False},
    }
    assert await town.pool.fetchval("SELECT count(*) FROM people") == 0


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-CA,en;q=0.8", "fr"),
        ("en-GB", "en"),
        ("de", "en"),
        ("", "en"),
        ("x" * 500, "en"),
    ],
)
async def test_their_program_names_the_language(header: str, language: str, api: ApiClient) -> None:
    assert (await me(api, Accept_Language=header))["language"] == language


async def test_what_was_said_stays(api: ApiClient) -> None:
    expected = {
        "user_id": "ana",
        "name": None,
        "roles": ["user"],
        "language": "fr",
        "email": "ana@example.org",
        "email_confirmed": False,
        "time_zone": "Europe/Paris",
        "channels": {"in_app": True, "email": True},
    }
    assert await says(api) == expected
    assert await me(api, Accept_Language="en") == expected
    assert (await me(api, somebody("ben")))["email"] is None


async def test_it_is_said_anew_as_a_whole(api: ApiClient) -> None:
    await says(api)
    changed: dict[str, Any] = {
        "language": "en",
        "email": None,
        "time_zone": "UTC",
        "channels": {"email": False},
    }
    assert await says(api, **changed) == {
        "user_id": "ana",
        "name": None,
        "roles": ["user"],
        **changed,
        "email_confirmed": None,
        "channels": {"in_app": True, "email": False},
    }


async def test_what_is_read_can_be_sent_back(api: ApiClient) -> None:
    said = await says(api)
    kept = {name: said[name] for name in WISHES}
    assert kept["channels"] == {"in_app": True, "email": True}
    assert await says(api, **kept) == said


async def test_the_domain_is_kept_in_ascii(api: ApiClient) -> None:
    assert (await says(api, email="ana@Bücher.example"))["email"] == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "de"}, "body.language"),
        ({"language": None}, "body.language"),
        ({"email": "ana"}, "body.email"),
        ({"email": ""}, "body.email"),
        ({"email": 1}, "body.email"),
        ({"email": "ana@example.org\r\nBcc: mallory@example.com"}, "body.email"),
        ({"email": "ana\u0000@example.org"}, "body.email"),
        ({"email": "=?utf-8?q?x?=@example.org"}, "body.email"),
        ({"time_zone": "Paris"}, "body.time_zone"),
        ({"time_zone": "../../etc/passwd"}, "body.time_zone"),
        ({"time_zone": "localtime"}, "body.time_zone"),
        ({"time_zone": "+01:00"}, "body.time_zone"),
        ({"time_zone": "x" * 10_000}, "body.time_zone"),
        ({"time_zone": None}, "body.time_zone"),
        ({"channels": {"email": "yes"}}, "body.channels.email"),
        ({"channels": {"email": None}}, "body.channels.email"),
        ({"channels": {}}, "body.channels.email"),
        ({"channels": {"email": True, "in_app": False}}, "body.channels.in_app"),
        ({"channels": {"email": True, "pigeon": True}}, "body.channels.pigeon"),
        ({"channels": None}, "body.channels"),
        ({"roles": ["operator"]}, "body.roles"),
        ({"user_id": "ben"}, "body.user_id"),
    ],
)
async def test_what_cannot_be(changes: dict[str, Any], field: str, api: ApiClient) -> None:
    answer = await api.call("PUT", "/v1/me", ANA, {**WISHES, **changes})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid-request")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert (await me(api))["email"] is None


async def test_nothing_is_left_out(api: ApiClient) -> None:
    for name in WISHES:
        body = {key: value for key, value in WISHES.items() if key != name}
        answer = await api.call("PUT", "/v1/me", ANA, body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"body.{name}")


async def test_nobody_says_it_for_another(api: ApiClient) -> None:
    for method in ("GET", "PUT"):
        assert (await api.call(method, "/v1/me", None, WISHES)).status_code == 401


async def test_twice_at_once(api: ApiClient) -> None:
    await asyncio.gather(*(says(api) for _ in range(5)))
    assert (await me(api))["email"] == "ana@example.org"


async def known_roles(town: Town, user_id: str) -> list[str] | None:
    """In which roles somebody is found when all who have one are told."""
    roles: list[str] | None = await town.pool.fetchval(
        "SELECT roles FROM people WHERE user_id = $1", user_id
    )
    return roles


async def test_roles_are_those_of_the_token(api: ApiClient, town: Town) -> None:
    mia = Person("mia", ("user", "operator", "mediator", "emperor"))
    assert (await says(api, mia))["roles"] == ["mediator", "operator", "user"]
    assert await known_roles(town, "mia") == ["mediator", "operator", "user"]


READ = ["/v1/me", "/v1/notifications", "/v1/wallet", "/v1/orders", "/v1/services", "/v1/orders/x"]


@pytest.mark.parametrize("path", READ)
async def test_every_request_shows_which_roles_somebody_has(
    path: str, api: ApiClient, town: Town
) -> None:
    await says(api, Person("mia"))
    for roles in (("mediator",), ("user",), ("mediator", "operator"), ()):
        await api.get(path, Person("mia", roles))
        assert await known_roles(town, "mia") == list(roles)
    await api.get(path, Person("stranger", ("mediator",)))
    assert await known_roles(town, "stranger") is None


async def test_what_somebody_may_not_do_shows_their_roles_too(api: ApiClient, town: Town) -> None:
    await says(api, Person("mia", ("mediator",)))
    assert (await api.get("/v1/disputes", Person("mia"))).status_code == 403
    assert await known_roles(town, "mia") == ["user"]


async def test_the_same_roles_are_written_once_a_minute(
    api: ApiClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await says(api, Person("mia"))
    written = "SELECT xmin::text, roles_at FROM people"
    before = await town.pool.fetchrow(written)
    await api.get("/v1/wallet", Person("mia"))
    assert await town.pool.fetchrow(written) == before
    monkeypatch.setattr(shown_roles, "PAUSE_SECONDS", -1.0)
    await api.get("/v1/wallet", Person("mia", ("mediator",)))
    then = await town.pool.fetchval("SELECT roles_at FROM people")
    await api.get("/v1/wallet", Person("mia", ("mediator",)))
    assert await town.pool.fetchval("SELECT roles_at FROM people") > then
