"""Operators manage the marketplace's endpoints over the API."""

import asyncio
import base64
from typing import Any
from uuid import uuid4

import httpx
import pytest

from db import webhooks
from domain.notices import TOLD
from tests.app_under_test import KEYRING, MEDIATOR, OPERATOR, ApiClient, somebody
from tests.webhooks.conftest import Marketplace, Names
from tests.webhooks.receiver import Json

URL = "https://marketplace.example/hooks"
ENDPOINTS = "/v1/webhook-endpoints"


@pytest.fixture(autouse=True)
def marketplace_is_outside(names: Names) -> None:
    """Nobody has to be asked on a network."""
    names.say("marketplace.example", ["93.184.216.34"])
    names.say("new.example", ["2606:4700:4700::1111"])


async def added(api: ApiClient, **more: Any) -> Json:
    """A new endpoint, as its creation shows it."""
    answer = await api.post(ENDPOINTS, OPERATOR, {"url": URL, **more})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def read(api: ApiClient, endpoint: Json) -> Json:
    """An endpoint as it is now."""
    answer = await api.get(f"{ENDPOINTS}/{endpoint['id']}", OPERATOR)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def secrets_of(marketplace: Marketplace) -> list[str]:
    """What the newest endpoint's messages are signed with."""
    async with marketplace.pool.acquire() as connection:
        (newest,) = await webhooks.page(connection, None, 1)
        target = await webhooks.target(connection, newest.id, KEYRING)
    assert target is not None
    return list(target.secrets)


async def test_no_secret_is_kept_in_clear(api: ApiClient, marketplace: Marketplace) -> None:
    made = await added(api)
    rotated = await api.post(f"{ENDPOINTS}/{made['id']}/rotate", OPERATOR)
    shown = [made["secret"], rotated.json()["secret"]]
    row = await marketplace.pool.fetchrow("SELECT to_jsonb(e)::text FROM webhook_endpoints e")
    assert row is not None
    for secret in shown:
        assert secret.removeprefix("whsec_") not in row[0]
    assert await secrets_of(marketplace) == shown[::-1]


async def test_a_new_endpoint_shows_its_secret_once(
    api: ApiClient, marketplace: Marketplace
) -> None:
    answer = await api.post(ENDPOINTS, OPERATOR, {"url": URL})
    endpoint = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{ENDPOINTS}/{endpoint['id']}"
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert await secrets_of(marketplace) == [secret]
    assert await read(api, endpoint) == endpoint
    assert (await api.get(ENDPOINTS, OPERATOR)).json()["items"] == [endpoint]
    assert endpoint == {
        "id": endpoint["id"],
        "url": URL,
        "events": None,
        "enabled": True,
        "disabled_at": None,
        "disabled_reason": None,
        "previous_secret_until": None,
        "created_by": OPERATOR.id,
        "created_at": endpoint["created_at"],
        "external_id": None,
        "metadata": {},
    }


async def test_each_endpoint_has_a_secret_of_its_own(api: ApiClient) -> None:
    assert len({(await added(api))["secret"] for _ in range(5)}) == 5


async def test_a_repeated_creation_creates_and_shows_nothing(
    api: ApiClient, marketplace: Marketplace
) -> None:
    async def ask() -> httpx.Response:
        return await api.post(ENDPOINTS, OPERATOR, {"url": URL}, key="a-key")

    answers = await asyncio.gather(*(ask() for _ in range(5)))
    answers.append(await ask())
    assert {answer.status_code for answer in answers} == {201}
    shown = [answer.json().pop("secret") for answer in answers]
    (secret,) = [one for one in shown if one is not None]
    assert await secrets_of(marketplace) == [secret]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len((await api.get(ENDPOINTS, OPERATOR)).json()["items"]) == 1
    kept = await marketplace.pool.fetchval("SELECT answer::text FROM idempotency_keys")
    assert "whsec_" not in kept
    assert secret not in kept


async def test_the_key_with_another_body_is_refused(api: ApiClient) -> None:
    await api.post(ENDPOINTS, OPERATOR, {"url": URL}, key="a-key")
    answer = await api.post(ENDPOINTS, OPERATOR, {"url": "https://new.example/"}, key="a-key")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_rotation_shows_the_new_secret_once(
    api: ApiClient, marketplace: Marketplace
) -> None:
    endpoint = await added(api)
    path = f"{ENDPOINTS}/{endpoint['id']}/rotate"
    first = await api.post(path, OPERATOR, key="a-key")
    again = await api.post(path, OPERATOR, key="a-key")
    assert (first.status_code, again.status_code) == (200, 200)
    rotated, repeated = first.json(), again.json()
    assert await secrets_of(marketplace) == [rotated["secret"], endpoint["secret"]]
    assert repeated == {**rotated, "secret": None}
    del rotated["secret"]
    assert await read(api, endpoint) == rotated
    assert rotated["previous_secret_until"] is not None


async def test_changing_an_endpoint(api: ApiClient, marketplace: Marketplace) -> None:
    endpoint = await added(api, events=["order.placed"])
    await api.post(f"{ENDPOINTS}/{endpoint['id']}/disable", OPERATOR)
    body = {"url": "https://new.example/", "events": ["order.completed", "order.completed"]}
    answer = await api.call("PUT", f"{ENDPOINTS}/{endpoint['id']}", OPERATOR, body)
    assert answer.status_code == 200, answer.text
    changed = await read(api, endpoint)
    assert answer.json() == changed
    assert (changed["url"], changed["events"]) == ("https://new.example/", ["order.completed"])
    assert changed["enabled"] is False
    assert await secrets_of(marketplace) == [endpoint["secret"]]
    await api.call("PUT", f"{ENDPOINTS}/{endpoint['id']}", OPERATOR, {"url": URL})
    assert (await read(api, endpoint))["events"] is None


async def test_disabling_and_enabling(api: ApiClient) -> None:
    endpoint = await added(api)
    path = f"{ENDPOINTS}/{endpoint['id']}"
    disabled = (await api.post(f"{path}/disable", OPERATOR)).json()
    assert disabled["enabled"] is False
    assert disabled["disabled_reason"] == "disabled by an operator"
    assert (await api.post(f"{path}/disable", OPERATOR)).json() == disabled
    enabled = (await api.post(f"{path}/enable", OPERATOR)).json()
    assert enabled == await read(api, endpoint)
    found = (enabled["enabled"], enabled["disabled_at"], enabled["disabled_reason"])
    assert found == (True, None, None)


async def test_the_list_in_parts(api: ApiClient) -> None:
    ids = [(await added(api))["id"] for _ in range(5)]
    found, cursor = [], ""
    for size in (2, 2, 1):
        page = (await api.get(f"{ENDPOINTS}?limit=2{cursor}", OPERATOR)).json()
        assert len(page["items"]) == size
        found += [one["id"] for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == ids[::-1]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    "events",
    [[], ["order.exploded"], [""], ["*"], "order.placed", [None], [*TOLD, "order.placed"]],
)
async def test_events_that_there_are_not(events: Any, api: ApiClient) -> None:
    answer = await api.post(ENDPOINTS, OPERATOR, {"url": URL, "events": events})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_every_event_that_there_is(api: ApiClient) -> None:
    assert (await added(api, events=list(TOLD)))["events"] == list(TOLD)


async def test_a_name_that_nobody_knows_yet_is_taken(api: ApiClient, names: Names) -> None:
    names.say("soon.example", [])
    assert (await added(api, url="https://soon.example/"))["url"] == "https://soon.example/"


async def test_a_name_that_leads_inside_is_not_taken(api: ApiClient, names: Names) -> None:
    endpoint = await added(api)
    names.say("inside.example", ["93.184.216.34", "10.0.0.1"])
    for method, path in (("POST", ENDPOINTS), ("PUT", f"{ENDPOINTS}/{endpoint['id']}")):
        answer = await api.call(method, path, OPERATOR, {"url": "https://inside.example/"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
        assert "10.0.0.1" not in answer.text
    assert (await read(api, endpoint))["url"] == URL


async def test_urls_are_written_one_way(api: ApiClient) -> None:
    endpoint = await added(api, url="HTTPS://Marketplace.EXAMPLE:443/a b?q=ü")
    assert endpoint["url"] == "https://marketplace.example/a%20b?q=%C3%BC"


def _calls(endpoint: str, delivery: str) -> list[tuple[str, str, Any]]:
    path = f"{ENDPOINTS}/{endpoint}"
    return [
        ("POST", ENDPOINTS, {"url": URL}),
        ("POST", ENDPOINTS, {"nonsense": True}),
        ("GET", ENDPOINTS, None),
        ("GET", path, None),
        ("PUT", path, {"url": URL}),
        ("POST", f"{path}/rotate", None),
        ("POST", f"{path}/disable", None),
        ("POST", f"{path}/enable", None),
        ("GET", f"{path}/deliveries", None),
        ("POST", f"/v1/webhook-deliveries/{delivery}/redeliver", None),
    ]


async def test_it_is_for_operators_alone(api: ApiClient, marketplace: Marketplace) -> None:
    endpoint = await added(api)
    step = await marketplace.write()
    (message,) = await marketplace.messages(step)
    before = await marketplace.pool.fetch("SELECT * FROM webhook_endpoints, deliveries")
    for who in (somebody("ana"), MEDIATOR):
        for method, path, body in _calls(endpoint["id"], str(message.delivery_id)):
            answer = await api.call(method, path, who, body)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
            assert "whsec_" not in answer.text
    for method, path, body in _calls(endpoint["id"], str(message.delivery_id)):
        assert (await api.call(method, path, None, body)).status_code == 401
    assert await marketplace.pool.fetch("SELECT * FROM webhook_endpoints, deliveries") == before


async def test_what_there_is_not(api: ApiClient) -> None:
    for number in (str(uuid4()), "nothing", "1", "x" * 300):
        for method, path, body in _calls(number, "1")[3:9]:
            answer = await api.call(method, path, OPERATOR, body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path
    for number in ("1", "0", "-1", "x", "1.0", "²", "9" * 18, "9" * 30):
        answer = await api.post(f"/v1/webhook-deliveries/{number}/redeliver", OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), number
