"""What became of each message, and sending it again."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.notifications import DeliveryReport, NotificationActivities, StepRef
from db import deliveries, webhooks
from tests.app_under_test import OPERATOR, PATIENCE_SECONDS, ApiClient, eventually
from tests.notifications.steps import Written
from tests.webhooks.conftest import SECRET, Marketplace
from tests.webhooks.receiver import Json


async def attempt(marketplace: Marketplace, step: Written) -> DeliveryReport:
    """One attempt at all that a step wrote down."""
    activities = NotificationActivities(
        marketplace.pool, {"webhook": marketplace.channel()}, PATIENCE_SECONDS
    )
    told: DeliveryReport = await ActivityEnvironment().run(
        activities.send_notifications, StepRef(order_id=step.order.id, seq=step.seq)
    )
    return told


async def listed(api: ApiClient, endpoint: UUID, query: str = "") -> list[Json]:
    """An endpoint's deliveries."""
    answer = await api.get(f"/v1/webhook-endpoints/{endpoint}/deliveries{query}", OPERATOR)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def again(api: ApiClient, delivery: Json, status: int = 202, key: str | None = None) -> Json:
    """Asks for a delivery once more."""
    path = f"/v1/webhook-deliveries/{delivery['id']}/redeliver"
    answer = await api.post(path, OPERATOR, key=key)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


async def untold(marketplace: Marketplace) -> list[tuple[str, int]]:
    """The steps that the relay would have told."""
    async with marketplace.pool.acquire() as connection:
        found = await deliveries.not_started(connection, 100)
    return [(str(one.order_id), one.seq) for one in found]


async def started(marketplace: Marketplace) -> None:
    """The relay has set about everything."""
    async with marketplace.pool.acquire() as connection:
        found = await deliveries.not_started(connection, 100)
        await deliveries.mark_started(connection, found)


async def test_what_is_asked_for_again_while_it_is_begun_is_begun_anew(
    marketplace: Marketplace, api: ApiClient
) -> None:
    """What was begun may have come to its end before: nobody else would send it."""
    endpoint = await marketplace.endpoint(events=["order.revision_refused"])
    step = await marketplace.write()
    async with marketplace.pool.acquire() as connection:
        looked_at = await deliveries.not_started(connection, 100)
        (sent,) = await listed(api, endpoint)
        await again(api, sent)
        await deliveries.mark_started(connection, looked_at)
    assert (step.order.id, step.seq) in await untold(marketplace)
    await started(marketplace)
    assert (step.order.id, step.seq) not in await untold(marketplace)


async def given_up(marketplace: Marketplace, step: Written) -> None:
    """Whoever has the step in hand has been patient for long enough."""
    async with marketplace.pool.acquire() as connection:
        await deliveries.give_up(connection, UUID(step.order.id), step.seq)


@pytest.mark.parametrize("is_begun", [True, False])
async def test_what_is_asked_for_again_while_it_is_given_up_is_kept(
    is_begun: bool, marketplace: Marketplace, api: ApiClient
) -> None:
    """Whoever gives up hears of the wish too late, or not at all."""
    endpoint, step = await marketplace.endpoint(), await marketplace.write("order.placed")
    await started(marketplace)
    marketplace.receiver.statuses = [500, 500]
    await attempt(marketplace, step)
    await again(api, (await listed(api, endpoint))[0])
    if is_begun:
        await started(marketplace)
    await given_up(marketplace, step)
    assert [one["status"] for one in await listed(api, endpoint)] == ["pending"]
    assert await untold(marketplace) == [(step.order.id, 1)]
    await started(marketplace)
    await attempt(marketplace, step)
    await given_up(marketplace, step)
    (failed,) = await listed(api, endpoint)
    assert (failed["status"], failed["last_error"]) == ("failed", "given up: answered 500")
    assert await untold(marketplace) == []


async def test_who_asks_again_and_who_gives_up_at_once(
    marketplace: Marketplace, api: ApiClient, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    endpoint, step = await marketplace.endpoint(), await marketplace.write("order.placed")
    await started(marketplace)
    marketplace.receiver.statuses = [500]
    await attempt(marketplace, step)
    (sent,) = await listed(api, endpoint)
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database() AND query LIKE '%UPDATE deliveries%'"
    )
    async with marketplace.pool.acquire() as asking, asking.transaction():
        assert await webhooks.redeliver(asking, int(sent["id"])) is not None
        giving_up = asyncio.create_task(given_up(marketplace, step))
        await eventually(lambda: owner.fetchval(waiting))
    await giving_up
    assert [one["status"] for one in await listed(api, endpoint)] == ["pending"]
    assert await untold(marketplace) == [(step.order.id, 1)]


async def test_a_delivery_from_its_beginning_to_its_end(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint(events=["order.revision_refused"])
    step = await marketplace.write()
    (waiting,) = await listed(api, endpoint)
    assert waiting == {
        "id": waiting["id"],
        "endpoint_id": str(endpoint),
        "message_id": f"evt_{UUID(step.order.id).hex}_{step.seq}",
        "order_id": step.order.id,
        "seq": step.seq,
        "event": "order.revision_refused",
        "status": "pending",
        "attempts": 0,
        "last_attempt": None,
        "last_error": None,
        "delivered_at": None,
        "created_at": waiting["created_at"],
    }
    marketplace.receiver.statuses = [500]
    assert (await attempt(marketplace, step)).pending == 1
    (tried,) = await listed(api, endpoint)
    assert (tried["status"], tried["attempts"]) == ("pending", 1)
    assert tried["last_error"] == "answered 500"
    assert (await attempt(marketplace, step)).delivered == 1
    (done,) = await listed(api, endpoint)
    assert (done["status"], done["attempts"], done["last_error"]) == ("delivered", 2, None)
    assert done["delivered_at"] is not None
    assert [hook.id for hook in marketplace.receiver.hooks] == [done["message_id"]] * 2


async def test_each_endpoint_sees_its_own_in_parts(
    marketplace: Marketplace, api: ApiClient
) -> None:
    mine, other = await marketplace.endpoint(), await marketplace.endpoint()
    for _ in range(3):
        await marketplace.write("order.placed")
    found, cursor = [], ""
    for size in (2, 1):
        path = f"/v1/webhook-endpoints/{mine}/deliveries?limit=2{cursor}"
        page = (await api.get(path, OPERATOR)).json()
        assert len(page["items"]) == size
        found += page["items"]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert {one["endpoint_id"] for one in found} == {str(mine)}
    numbers = [int(one["id"]) for one in found]
    assert numbers == sorted(numbers, reverse=True)
    assert len(await listed(api, other)) == 3


async def test_by_status(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint = await marketplace.endpoint()
    steps = [await marketplace.write("order.placed") for _ in range(3)]
    marketplace.receiver.statuses = [204, 500]
    for step in steps[:2]:
        await attempt(marketplace, step)
    await given_up(marketplace, steps[1])
    for status, step in zip(("delivered", "failed", "pending"), steps, strict=True):
        (found,) = await listed(api, endpoint, f"?status={status}")
        assert (found["order_id"], found["status"]) == (step.order.id, status)
    path = f"/v1/webhook-endpoints/{endpoint}/deliveries?status=lost"
    assert (await api.get(path, OPERATOR)).status_code == 422


@pytest.mark.parametrize("status", ["pending", "delivered", "failed"])
async def test_sending_again(status: str, marketplace: Marketplace, api: ApiClient) -> None:
    endpoint, step = await marketplace.endpoint(), await marketplace.write("order.placed")
    marketplace.receiver.statuses = [] if status == "delivered" else [500]
    await attempt(marketplace, step)
    if status == "failed":
        await given_up(marketplace, step)
    await started(marketplace)
    (before,) = await listed(api, endpoint)
    assert before["status"] == status
    answer = await again(api, before)
    assert answer == {**before, "status": "pending", "last_error": None}
    assert await listed(api, endpoint) == [answer]
    assert await untold(marketplace) == [(step.order.id, 1)]
    assert (await attempt(marketplace, step)).delivered == 1
    first, second = marketplace.receiver.hooks
    assert first.id == second.id
    assert first.verified(SECRET) == second.verified(SECRET)
    (after,) = await listed(api, endpoint)
    assert (after["status"], after["attempts"]) == ("delivered", 2)


async def test_only_the_one_that_was_asked_for_is_sent_again(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint = await marketplace.endpoint()
    await marketplace.endpoint(marketplace.receiver.url + "/other")
    step = await marketplace.write("order.placed")
    await attempt(marketplace, step)
    marketplace.receiver.hooks.clear()
    await again(api, (await listed(api, endpoint))[0])
    await attempt(marketplace, step)
    assert [hook.path for hook in marketplace.receiver.hooks] == ["/hooks"]


async def test_a_repeated_request_is_done_once(marketplace: Marketplace, api: ApiClient) -> None:
    endpoint, step = await marketplace.endpoint(), await marketplace.write("order.placed")
    (delivery,) = await listed(api, endpoint)
    first = await again(api, delivery, key="a-key")
    await attempt(marketplace, step)
    await started(marketplace)
    assert await again(api, delivery, key="a-key") == first
    assert await untold(marketplace) == []
    assert (await listed(api, endpoint))[0]["status"] == "delivered"


async def test_a_disabled_endpoint_gets_nothing_again(
    marketplace: Marketplace, api: ApiClient
) -> None:
    endpoint, step = await marketplace.endpoint(), await marketplace.write("order.placed")
    marketplace.receiver.statuses = [410]
    assert (await attempt(marketplace, step)).failed == 1
    (failed,) = await listed(api, endpoint)
    assert failed["last_error"] == "answered 410: the endpoint is disabled"
    refused = await again(api, failed, 422)
    assert "disabled" in refused["detail"]
    assert await listed(api, endpoint) == [failed]
    async with marketplace.pool.acquire() as connection:
        await webhooks.enable(connection, endpoint)
    await again(api, failed)
    assert (await attempt(marketplace, step)).delivered == 1


async def test_a_mail_is_no_webhook(marketplace: Marketplace, api: ApiClient) -> None:
    await marketplace.pool.execute(
        "INSERT INTO people (user_id, email) VALUES ('ana', 'ana@example.com');"
        "INSERT INTO confirmed_addresses (user_id, email) VALUES ('ana', 'ana@example.com')"
    )
    step = await marketplace.write("order.placed")
    mail = await marketplace.pool.fetchval(
        "SELECT id FROM deliveries WHERE order_id = $1", UUID(step.order.id)
    )
    refused = await again(api, {"id": mail}, 404)
    assert refused["code"] == "not-found"
    asked = await marketplace.pool.fetchval(
        "SELECT asked_again FROM deliveries WHERE id = $1", mail
    )
    assert asked == 0
