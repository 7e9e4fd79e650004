"""Endpoints that are deleted: told nothing any more, and known to nobody."""

import asyncio
from uuid import UUID

import pytest

from activities.channel import Message, Undeliverable
from db import deliveries, endpoint_tests, webhooks
from db.sealed_secrets import opens_none, seal_all, unreadable
from tests.app_under_test import KEYRING, MEDIATOR, OPERATOR, ApiClient, Json
from tests.webhooks.conftest import Marketplace
from tests.webhooks.test_deliveries import again, attempt, listed
from tests.webhooks.test_endpoint_tests import asked

GONE = "the endpoint was deleted"


async def deleted(api: ApiClient, endpoint: UUID, status: int = 204) -> str:
    answer = await api.call("DELETE", f"/v1/webhook-endpoints/{endpoint}", OPERATOR)
    assert answer.status_code == status, answer.text
    return answer.text


async def ends(marketplace: Marketplace, table: str) -> list[tuple[str, str | None]]:
    rows = await marketplace.pool.fetch(f"SELECT status, last_error FROM {table} ORDER BY id")
    return [(row["status"], row["last_error"]) for row in rows]


async def test_it_is_there_no_more(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint, other = await marketplace.endpoint(), await marketplace.endpoint()
    assert await deleted(api, endpoint) == ""
    path = f"/v1/webhook-endpoints/{endpoint}"
    body = {"url": "https://93.184.216.34/hooks"}
    answers = [
        await api.get(path, OPERATOR),
        await api.call("PUT", path, OPERATOR, body),
        await api.get(f"{path}/deliveries", OPERATOR),
        *[
            await api.post(f"{path}/{do}", OPERATOR)
            for do in ("rotate", "disable", "enable", "test")
        ],
        await api.call("DELETE", path, OPERATOR),
    ]
    assert [one.status_code for one in answers] == [404] * 8
    found = (await api.get("/v1/webhook-endpoints", OPERATOR)).json()["items"]
    assert [str(other)] == [one["id"] for one in found]


async def test_what_waits_for_it_ends(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    step = await marketplace.write("order.placed")
    await asked(api, endpoint)
    await deleted(api, endpoint)
    assert await ends(marketplace, "deliveries") == [("failed", GONE)]
    assert await ends(marketplace, "endpoint_tests") == [("failed", GONE)]
    assert (await attempt(marketplace, step)).pending == 0
    assert marketplace.receiver.hooks == []


async def test_what_has_ended_stays_as_it_was(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    await attempt(marketplace, await marketplace.write("order.placed"))
    await deleted(api, endpoint)
    assert await ends(marketplace, "deliveries") == [("delivered", None)]


async def test_another_is_told_as_before(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    await marketplace.endpoint(f"{marketplace.receiver.url}/other")
    step = await marketplace.write("order.placed")
    await deleted(api, endpoint)
    assert (await attempt(marketplace, step)).delivered == 1
    assert (await attempt(marketplace, await marketplace.write("order.placed"))).delivered == 1
    assert [hook.path for hook in marketplace.receiver.hooks] == ["/hooks/other"] * 2


async def test_one_that_is_being_sent_is_noted_as_it_ends(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    step = await marketplace.write("order.placed")
    marketplace.receiver.hanging = True
    sending = asyncio.create_task(attempt(marketplace, step))
    while not marketplace.receiver.hooks:
        await asyncio.sleep(0.01)
    await deleted(api, endpoint)
    marketplace.receiver.release()
    assert (await sending).delivered == 1
    assert await ends(marketplace, "deliveries") == [("delivered", None)]


async def test_one_that_was_written_at_the_same_time_is_not_sent(
    marketplace: Marketplace, api: ApiClient
) -> None:
    message: Message = await marketplace.about()
    assert message.endpoint_id is not None
    await deleted(api, message.endpoint_id)
    with pytest.raises(Undeliverable, match=GONE):
        await marketplace.channel().send(message)
    assert marketplace.receiver.hooks == []


async def test_more_than_ends_at_once_ends_at_its_next_attempt(
    marketplace: Marketplace, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_ENDED", 1)
    endpoint = await marketplace.endpoint()
    first, _ = [await marketplace.write("order.placed") for _ in range(2)]
    await deleted(api, endpoint)
    assert [status for status, _ in await ends(marketplace, "deliveries")] == ["pending", "failed"]
    await attempt(marketplace, first)
    assert await ends(marketplace, "deliveries") == [("failed", GONE)] * 2


async def test_nothing_of_it_is_sent_again(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    await marketplace.write("order.placed")
    sent: list[Json] = [await asked(api, endpoint), *await listed(api, endpoint)]
    await deleted(api, endpoint)
    for one in sent:
        await again(api, one, 404)
    assert {"failed"} == {status for status, _ in await ends(marketplace, "deliveries")}


async def test_address_and_secrets_are_gone(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    await api.post(f"/v1/webhook-endpoints/{endpoint}/rotate", OPERATOR)
    await deleted(api, endpoint)
    row = await marketplace.pool.fetchrow(
        "SELECT url, secret, previous_secret FROM webhook_endpoints WHERE id = $1", endpoint
    )
    assert row is not None
    assert tuple(row) == ("", "", None)


async def test_its_missing_secret_is_no_finding_and_is_not_sealed(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    await deleted(api, endpoint)
    assert await seal_all(marketplace.pool, KEYRING) == 0
    async with marketplace.pool.acquire() as connection:
        assert await unreadable(connection, KEYRING) == []
        assert not await opens_none(connection, KEYRING)


async def test_two_at_once_delete_once(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    path = f"/v1/webhook-endpoints/{endpoint}"
    answers = await asyncio.gather(*(api.call("DELETE", path, OPERATOR) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [204, 404, 404, 404, 404]


async def test_it_is_for_operators_alone(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    path = f"/v1/webhook-endpoints/{endpoint}"
    for who, status in ((None, 401), (MEDIATOR, 403)):
        assert status == (await api.call("DELETE", path, who)).status_code
    assert (await api.get(path, OPERATOR)).status_code == 200


async def test_a_test_that_is_asked_for_at_the_same_time_is_not_sent(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    await deleted(api, endpoint)
    async with marketplace.pool.acquire() as connection:
        assert await endpoint_tests.add(connection, endpoint) is None
        assert await deliveries.not_started(connection, 10) == []
