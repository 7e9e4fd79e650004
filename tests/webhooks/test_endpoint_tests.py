"""Tests of endpoints: a signed message of no order, which goes the way of all others."""

from datetime import timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.endpoint_tests import EndpointTestActivities, EndpointTestRef
from activities.notifications import DeliveryReport
from db import endpoint_tests, pruning, webhooks
from domain.notices import ENDPOINT_TEST
from tests.app_under_test import MEDIATOR, OPERATOR, PATIENCE_SECONDS, ApiClient, Json
from tests.webhooks.conftest import SECRET, Marketplace
from tests.webhooks.test_deliveries import again, listed

REPORTED: Json = {"event": ENDPOINT_TEST}


async def asked(api: ApiClient, endpoint: UUID, status: int = 202, key: str | None = None) -> Json:
    """An operator has an endpoint tested."""
    answer = await api.post(f"/v1/webhook-endpoints/{endpoint}/test", OPERATOR, key=key)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def activities(marketplace: Marketplace, *, switched_on: bool = True) -> EndpointTestActivities:
    channel = marketplace.channel() if switched_on else None
    return EndpointTestActivities(marketplace.pool, channel, PATIENCE_SECONDS)


async def attempt(marketplace: Marketplace, test: Json, *, on: bool = True) -> DeliveryReport:
    """One attempt at it."""
    ref = EndpointTestRef(number=int(test["id"]))
    work = activities(marketplace, switched_on=on).send_endpoint_test
    told: DeliveryReport = await ActivityEnvironment().run(work, ref)
    return told


async def given_up(marketplace: Marketplace, test: Json) -> DeliveryReport:
    work = activities(marketplace).give_up_endpoint_test
    ref = EndpointTestRef(number=int(test["id"]))
    told: DeliveryReport = await ActivityEnvironment().run(work, ref)
    return told


async def unsent(marketplace: Marketplace) -> list[int]:
    async with marketplace.pool.acquire() as connection:
        return [*await endpoint_tests.not_started(connection, 100)]


async def test_a_test_from_its_beginning_to_its_end(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint(events=["order.completed"])
    test = await asked(api, endpoint)
    assert {
        "endpoint_id": str(endpoint),
        "order_id": None,
        "seq": None,
        "event": "endpoint.test",
        "status": "pending",
        "attempts": 0,
        "message_id": f"evt_{endpoint.hex}_{test['id']}",
    }.items() <= test.items()
    assert [test] == await listed(api, endpoint)
    assert [int(test["id"])] == await unsent(marketplace)
    assert DeliveryReport(**REPORTED, delivered=1) == await attempt(marketplace, test)
    (hook,) = marketplace.receiver.hooks
    told = hook.verified(SECRET)
    assert {"type": "endpoint.test", "endpoint_id": str(endpoint)} == {
        "type": told["type"],
        "endpoint_id": told["data"]["endpoint_id"],
    }
    assert test["message_id"] == hook.id == told["data"]["event"]["id"]
    (after,) = await listed(api, endpoint)
    assert (after["status"], after["attempts"]) == ("delivered", 1)
    assert after["delivered_at"] is not None


async def test_one_that_fails_is_tried_again_under_the_same_id(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    test = await asked(api, endpoint)
    marketplace.receiver.statuses = [500]
    problem = f"webhook {endpoint.hex[:8]}: answered 500"
    waiting = DeliveryReport(**REPORTED, pending=1, problems=(problem,))
    assert waiting == await attempt(marketplace, test)
    assert DeliveryReport(**REPORTED, delivered=1) == await attempt(marketplace, test)
    first, second = marketplace.receiver.hooks
    assert first.id == second.id
    assert first.verified(SECRET) == second.verified(SECRET)
    assert (await listed(api, endpoint))[0]["attempts"] == 2


async def test_one_that_has_arrived_is_not_sent_again_by_itself(
    marketplace: Marketplace, api: ApiClient
) -> None:
    test = await asked(api, await marketplace.endpoint())
    await attempt(marketplace, test)
    await attempt(marketplace, test)
    assert len(marketplace.receiver.hooks) == 1


async def test_given_up_it_can_be_sent_again(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    test = await asked(api, endpoint)
    marketplace.receiver.statuses = [500]
    await attempt(marketplace, test)
    assert (await given_up(marketplace, test)).failed == 1
    (failed,) = await listed(api, endpoint)
    assert (failed["status"], failed["last_error"]) == ("failed", "given up: answered 500")
    async with marketplace.pool.acquire() as connection:
        await endpoint_tests.mark_started(connection, int(test["id"]), 0)
    assert await unsent(marketplace) == []
    assert {**failed, "status": "pending", "last_error": None} == await again(api, failed)
    async with marketplace.pool.acquire() as connection:
        # By who looked before it was asked for again: what they have in hand may have ended.
        await endpoint_tests.mark_started(connection, int(test["id"]), 0)
    assert [int(test["id"])] == await unsent(marketplace)
    assert (await attempt(marketplace, test)).delivered == 1


@pytest.mark.parametrize("is_begun", [True, False])
async def test_asked_for_again_while_it_is_given_up_it_is_kept(
    is_begun: bool, marketplace: Marketplace, api: ApiClient
) -> None:
    """Whoever gives up hears of the wish too late, or not at all."""
    test = await asked(api, await marketplace.endpoint())
    marketplace.receiver.statuses = [500]
    await attempt(marketplace, test)
    await again(api, test)
    if is_begun:
        async with marketplace.pool.acquire() as connection:
            await endpoint_tests.mark_started(connection, int(test["id"]), 1)
    assert (await given_up(marketplace, test)).pending == 1
    assert [int(test["id"])] == await unsent(marketplace)
    assert (await attempt(marketplace, test)).delivered == 1


async def test_tests_stand_among_the_deliveries_and_are_read_in_parts(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint, other = await marketplace.endpoint(), await marketplace.endpoint()
    for _ in range(2):
        await asked(api, endpoint)
        await marketplace.write("order.placed")
    await asked(api, other)
    found = await listed(api, endpoint)
    events = ["order.placed", "endpoint.test"] * 2
    assert events == [one["event"] for one in found]
    read: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"/v1/webhook-endpoints/{endpoint}/deliveries?limit=1"
        page = (await api.get(path + (f"&cursor={cursor}" if cursor else ""), OPERATOR)).json()
        read += page["items"]
        cursor = page["next_cursor"]
    assert found == read
    assert found == await listed(api, endpoint, "?status=pending")
    assert await listed(api, endpoint, "?status=failed") == []


async def test_the_same_key_tests_once(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    first = await asked(api, endpoint, key="a-key")
    assert first == await asked(api, endpoint, key="a-key")
    assert [first] == await listed(api, endpoint)


async def test_a_disabled_endpoint_is_not_tested(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    test = await asked(api, endpoint)
    async with marketplace.pool.acquire() as connection:
        await webhooks.disable(connection, endpoint, "by hand")
    assert "disabled" in (await asked(api, endpoint, 422))["detail"]
    assert (await attempt(marketplace, test)).failed == 1
    assert marketplace.receiver.hooks == []


async def test_one_that_says_it_is_gone_is_disabled(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    marketplace.receiver.statuses = [410]
    assert (await attempt(marketplace, await asked(api, endpoint))).failed == 1
    assert (await api.get(f"/v1/webhook-endpoints/{endpoint}", OPERATOR)).json()[
        "disabled_reason"
    ] == "answered 410"


async def test_a_worker_without_webhooks_says_so(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    await attempt(marketplace, await asked(api, endpoint), on=False)
    assert (await listed(api, endpoint))[0]["last_error"] == "webhooks are switched off"


@pytest.mark.parametrize("endpoint", ["0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10", "x", "0"])
async def test_what_there_is_not_is_not_tested(api: ApiClient, endpoint: str) -> None:
    for who, status in ((OPERATOR, 404), (MEDIATOR, 403), (None, 401)):
        answer = await api.post(f"/v1/webhook-endpoints/{endpoint}/test", who)
        assert status == answer.status_code


async def test_old_tests_are_removed_and_nothing_else(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    old, pending, young = [int((await asked(api, endpoint))["id"]) for _ in range(3)]
    aged = "UPDATE endpoint_tests SET created_at = now() - interval '401 days' WHERE id = ANY ($1)"
    # As their owner: what happened when is nothing that the service may change.
    async with marketplace.pool.acquire() as connection:
        for number in (old, young):
            await endpoint_tests.tried(connection, number, "delivered", None)
        await connection.execute("SET ROLE NONE")
        await connection.execute(aged, [old, pending])
        await connection.execute("SET ROLE sequestre_app")
        assert await pruning.old_endpoint_tests(connection, timedelta(days=400), 100) == 1
        assert await pruning.old_endpoint_tests(connection, timedelta(0), 100) == 0
    left = [int(one["id"]) for one in await listed(api, endpoint)]
    assert [young, pending] == left
