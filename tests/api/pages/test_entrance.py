"""Entering as whoever one likes: on this machine, where it is set so, and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import ValidationError

from infra.settings import Settings
from tests.api.pages.browser import visiting, who
from tests.app_under_test import SECRET, SECRETS_KEY, ApiClient, AppUnderTest, Json
from texts.catalogue import Language
from texts.demo_people import PEOPLE
from texts.formatter import Formatter

OPEN: Json = {"demo_entrance": True}


@pytest.fixture(scope="module")
async def trying(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API as `sequestre up` starts it."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(app.with_settings(**OPEN))


async def test_everybody_of_the_demonstration_is_there_with_what_they_are_good_for(
    app: AppUnderTest, trying: ApiClient
) -> None:
    async with visiting(app, api=trying) as visit:
        page = (await visit.get("/enter", Accept_Language="fr")).text
        for one in PEOPLE:
            assert f'value="{one.id}"' in page
            assert Formatter(Language.FR, "UTC").say(one.good_for) in page
        assert 'href="/enter?next=/"' in (await visit.get("/session")).text


@pytest.mark.parametrize("person", PEOPLE, ids=lambda one: one.id)
async def test_a_button_signs_in_as_its_person(
    app: AppUnderTest, trying: ApiClient, person: Any
) -> None:
    homes = {"user": "/orders", "mediator": "/disputes"}
    async with visiting(app, api=trying) as visit:
        sent = {"person": person.id, "next": "/inbox"}
        answer = await visit.client.post("/enter", data=sent)
        assert (303, "/inbox") == (answer.status_code, answer.headers["Location"])
        assert homes.get(person.roles[0], "/console") == (await visit.get("/")).headers["Location"]
        assert who((await visit.get("/enter")).text) == person.name


async def test_anybody_enters_with_any_roles(app: AppUnderTest, trying: ApiClient) -> None:
    async with visiting(app, api=trying) as visit:
        sent = {"user_id": "somebody new", "roles": ["user", "operator"]}
        assert 303 == (await visit.client.post("/enter", data=sent)).status_code
        assert "/console" == (await visit.get("/")).headers["Location"]
        page = (await visit.get("/enter")).text
        assert who(page) == "somebody new"
        assert '<a href="/orders"' in page


@pytest.mark.parametrize(
    "sent",
    [
        {"user_id": "", "roles": "user"},
        {"user_id": "a/b", "roles": "user"},
        {"user_id": "x" * 101, "roles": "user"},
        {"user_id": "somebody"},
        {"user_id": "somebody", "roles": "emperor"},
        {"person": "nobody-of-the-demonstration"},
        {"x": "y"},
    ],
    ids=str,
)
async def test_what_is_nobody_does_not_enter(
    app: AppUnderTest, trying: ApiClient, sent: Json
) -> None:
    async with visiting(app, api=trying) as visit:
        answer = await visit.client.post("/enter", data=sent)
        assert 422 == answer.status_code
        assert 'role="alert"' in answer.text
        assert "Set-Cookie" not in answer.headers


async def test_all_that_is_wrong_is_told_and_what_was_chosen_stays(
    app: AppUnderTest, trying: ApiClient
) -> None:
    async with visiting(app, api=trying) as visit:
        page = (await visit.client.post("/enter", data={"user_id": "a/b"})).text
        for field, words in (("user_id", "cannot be somebody’s id"), ("roles", "at least one")):
            assert f'href="#field-enter-{field}"' in page
            assert 2 == page.count(words)
        assert 'value="a/b"' in page
        assert "checked" not in page


async def test_nobody_is_led_astray_or_in_by_another_site(
    app: AppUnderTest, trying: ApiClient
) -> None:
    async with visiting(app, api=trying) as visit:
        sent = {"person": PEOPLE[0].id, "next": "//evil.example"}
        assert "/" == (await visit.client.post("/enter", data=sent)).headers["Location"]
        far = {"Sec-Fetch-Site": "cross-site"}
        assert 403 == (await visit.client.post("/enter", data=sent, headers=far)).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "shop.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"X-Real-IP": "203.0.113.7"},
        {"Via": "1.1 proxy"},
    ],
    ids=str,
)
async def test_who_does_not_sit_at_this_machine_finds_nothing(
    app: AppUnderTest, trying: ApiClient, headers: dict[str, str]
) -> None:
    async with visiting(app, api=trying) as visit:
        sent = {"person": PEOPLE[0].id}
        assert 404 == (await visit.client.get("/enter", headers=headers)).status_code
        entered = await visit.client.post("/enter", data=sent, headers=headers)
        assert 404 == entered.status_code
        assert "Set-Cookie" not in entered.headers
        assert "/enter" not in (await visit.client.get("/session", headers=headers)).text


@pytest.mark.parametrize("settings", [{}, {**OPEN, "trusted_proxies": "10.0.0.5"}], ids=str)
async def test_where_it_is_not_open_nothing_is_there(app: AppUnderTest, settings: Json) -> None:
    async with app.with_settings(**settings) as api, visiting(app, api=api) as visit:
        assert 404 == (await visit.get("/enter")).status_code
        entered = await visit.client.post("/enter", data={"person": PEOPLE[0].id})
        assert 404 == entered.status_code
        assert "/enter" not in (await visit.get("/session")).text


PRODUCTION: list[Json] = [
    {
        "jwt_secret": None,
        "jwks_url": "https://id.example/keys",
        "jwt_issuer": "https://id.example/",
        "jwt_audience": "sequestre",
    },
    {"host": "0.0.0.0"},  # noqa: S104  # it is refused
    {"host": "orders.example.org"},
    {"host": "10.0.0.5"},
    {"host": "::"},
    {"public_url": "https://orders.example.org"},
    {"public_url": "https://127.0.0.1.example.org"},
]


@pytest.mark.parametrize("settings", PRODUCTION, ids=str)
def test_in_production_nothing_starts_with_it(settings: Json) -> None:
    usual: Json = {
        "database_url": "postgresql://nowhere",
        "jwt_secret": SECRET,
        "secrets_key": SECRETS_KEY,
        **settings,
    }
    Settings(_env_file=None, **usual)
    with pytest.raises(ValidationError, match="lets anybody in as anybody"):
        Settings(_env_file=None, **usual, **OPEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_on_this_machine_it_may_be_set(host: str) -> None:
    usual: Json = {"database_url": "postgresql://nowhere", "jwt_secret": SECRET, "host": host}
    assert Settings(_env_file=None, **usual, **OPEN).demo_entrance
