"""The whole product with a marketplace that listens, is away, or does not want to hear any more."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from activities.webhooks import WebhookChannel
from embedded.postgres import Postgres
from tests.app_under_test import (
    KEYRING,
    OPERATOR,
    PATIENCE_SECONDS,
    ApiClient,
    AppUnderTest,
    OrderInPlay,
    eventually,
    running_app,
)
from tests.conftest import copy_of_template
from tests.temporal_server import local_server
from tests.webhooks.receiver import Hook, Json, Receiver


@dataclass
class Fair:
    """An app, an API of it that takes endpoints on loopback, and an endpoint there."""

    app: AppUnderTest
    api: ApiClient
    receiver: Receiver
    endpoint: Json

    async def heard(self, in_play: OrderInPlay, count: int) -> list[Hook]:
        """What the receiver was told of an order, once it is so much, by the order's steps."""

        async def look() -> list[Hook]:
            return [
                hook
                for hook in self.receiver.hooks
                if hook.payload["data"]["event"]["order_id"] == in_play.order["id"]
            ]

        found = await eventually(look, lambda hooks: len(hooks) >= count)
        return sorted(found, key=lambda hook: int(hook.payload["data"]["event"]["seq"]))

    async def deliveries(self, in_play: OrderInPlay) -> list[Json]:
        """What became of an order's messages, the newest first."""
        path = f"/v1/webhook-endpoints/{self.endpoint['id']}/deliveries?limit=100"
        items = (await self.api.get(path, OPERATOR)).json()["items"]
        return [one for one in items if one["order_id"] == in_play.order["id"]]

    async def settled(self, in_play: OrderInPlay, *statuses: str) -> list[Json]:
        """The same, once they stand so."""

        async def look() -> list[Json]:
            return await self.deliveries(in_play)

        return await eventually(
            look, lambda found: [one["status"] for one in found] == list(statuses)
        )

    async def operate(self, path: str) -> None:
        """An operator does something."""
        answer = await self.api.post(path, OPERATOR)
        assert answer.status_code in (200, 202), answer.text


@pytest.fixture(scope="module")
async def whole(postgres: Postgres) -> AsyncIterator[Fair]:
    """The app on a Temporal server of its own: another's worker would look into its database."""
    receiver = Receiver()
    await receiver.start()
    async with await local_server() as server:
        url = await copy_of_template(postgres)
        async with running_app(url, server.client) as app:
            await app.stop_worker()
            channel = WebhookChannel(
                app.pool, KEYRING, allow_private=True, timeout_seconds=PATIENCE_SECONDS
            )
            app.channels = {"webhook": channel}
            app.start_worker()
            async with app.with_settings(webhook_allow_private=True) as api:
                answer = await api.post(
                    "/v1/webhook-endpoints", OPERATOR, {"url": receiver.url}, key="the-endpoint"
                )
                assert answer.status_code == 201, answer.text
                yield Fair(app, api, receiver, answer.json())
    await receiver.stop()


@pytest.fixture
async def fair(whole: Fair) -> AsyncIterator[Fair]:
    """The same with a receiver that has heard nothing yet."""
    whole.receiver.hooks.clear()
    yield whole
    whole.receiver.statuses.clear()
    whole.receiver.hanging, whole.receiver.status = False, 204


async def test_each_step_is_told_once(fair: Fair) -> None:
    in_play = await (await fair.app.place_order()).reach("completed")
    hooks = await fair.heard(in_play, 4)
    told = [hook.verified(fair.endpoint["secret"]) for hook in hooks]
    types = ["order.placed", "order.accepted", "order.delivered", "order.completed"]
    assert [one["type"] for one in told] == types
    states = [one["data"]["order"]["state"] for one in told]
    assert states == ["pending", "in_progress", "delivered", "completed"]
    assert told[-1]["data"]["order"] == {**await in_play.now(), "actions": []}
    assert "message" not in told[-1]["data"]
    assert len({hook.id for hook in hooks}) == 4
    done = await fair.settled(in_play, *["delivered"] * 4)
    assert [one["message_id"] for one in done] == [hook.id for hook in reversed(hooks)]


async def test_what_was_missed_stands_in_the_feed_as_it_would_have_come(fair: Fair) -> None:
    in_play = await fair.app.place_order()
    (first,) = await fair.heard(in_play, 1)
    await in_play.reach("completed")
    hooks = await fair.heard(in_play, 4)
    answer = await fair.api.get(f"/v1/events?after={first.id}&limit=100", OPERATOR)
    assert answer.status_code == 200
    missed = [one for one in answer.json()["items"] if one["type"].startswith("order.")]
    assert missed == [hook.payload for hook in hooks[1:]]
    assert [one["id"] for one in missed] == [hook.id for hook in hooks[1:]]


async def test_a_message_is_told_and_can_be_sent_again(fair: Fair) -> None:
    in_play = await fair.app.place_order()
    path = f"/v1/orders/{in_play.order['id']}/messages"
    body = {"text": "Which blue?", "links": ["https://files.example/blue"]}
    answer = await fair.api.post(path, in_play.buyer, body)
    assert answer.status_code == 201

    async def look() -> list[Hook]:
        return [one for one in fair.receiver.hooks if one.payload["type"] == "order.message"]

    (hook,) = await eventually(look, lambda found: len(found) >= 1)
    told = hook.verified(fair.endpoint["secret"])["data"]
    assert told["message"] == answer.json()
    assert (told["event"]["seq"], told["event"]["id"]) == (None, hook.id)
    assert hook.id == f"evt_{in_play.order['id'].replace('-', '')}_m1"
    assert told["order"]["state"] == "pending"
    delivery, _ = await fair.settled(in_play, "delivered", "delivered")
    assert (delivery["event"], delivery["seq"]) == ("order.message", None)
    assert delivery["message_id"] == hook.id
    await fair.operate(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
    hooks = await eventually(look, lambda found: len(found) >= 2)
    assert len({one.body for one in hooks}) == 1


async def test_a_receiver_that_is_away_delays_no_order(fair: Fair) -> None:
    fair.receiver.hanging = True
    orders_in_play = await asyncio.gather(*(fair.app.place_order() for _ in range(3)))
    await asyncio.gather(*(in_play.reach("completed") for in_play in orders_in_play))
    assert {(await in_play.now())["state"] for in_play in orders_in_play} == {"completed"}
    for in_play in orders_in_play:  # or else nothing of it may be under way yet
        await fair.heard(in_play, 1)
    # What was under way is refused as it ends, not taken: it may be noted only after it was asked
    # for again, and would count as heard by then.
    fair.receiver.status = 503
    await fair.receiver.stop()
    fair.receiver.hanging, fair.receiver.status = False, 204
    fair.receiver.hooks.clear()
    await fair.receiver.start()
    for in_play in orders_in_play:
        for one in await fair.deliveries(in_play):
            await fair.operate(f"/v1/webhook-deliveries/{one['id']}/redeliver")
    for in_play in orders_in_play:

        async def heard(in_play: OrderInPlay = in_play) -> set[str]:
            return {hook.payload["type"] for hook in await fair.heard(in_play, 0)}

        await eventually(heard, lambda types: len(types) == 4)
        await fair.settled(in_play, *["delivered"] * 4)


async def test_what_was_delivered_is_sent_again_with_the_same_id(fair: Fair) -> None:
    in_play = await fair.app.place_order()
    (first,) = await fair.heard(in_play, 1)
    (delivery,) = await fair.settled(in_play, "delivered")
    await fair.operate(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
    hooks = await fair.heard(in_play, 2)
    assert {hook.id for hook in hooks} == {first.id}
    assert {hook.body for hook in hooks} == {first.body}
    (again,) = await fair.settled(in_play, "delivered")
    assert again["attempts"] == 2


async def test_who_is_gone_hears_nothing_until_it_is_back(fair: Fair) -> None:
    fair.receiver.statuses = [410]
    in_play = await fair.app.place_order()
    (failed,) = await fair.settled(in_play, "failed")
    assert failed["last_error"] == "answered 410: the endpoint is disabled"
    await in_play.act("accept", in_play.seller)
    path = f"/v1/webhook-endpoints/{fair.endpoint['id']}"
    assert (await fair.api.get(path, OPERATOR)).json()["disabled_reason"] == "answered 410"
    await fair.operate(f"{path}/enable")
    await fair.operate(f"/v1/webhook-deliveries/{failed['id']}/redeliver")
    await in_play.act("deliver", in_play.seller, {"message": "Here it is."})
    types = [hook.payload["type"] for hook in await fair.heard(in_play, 3)]
    assert types == ["order.placed", "order.placed", "order.delivered"]


async def test_a_test_arrives_and_again_when_asked_for(fair: Fair) -> None:
    fair.receiver.statuses = [500]
    asked = await fair.api.post(f"/v1/webhook-endpoints/{fair.endpoint['id']}/test", OPERATOR)
    assert asked.status_code == 202, asked.text

    async def look() -> Json:
        path = f"/v1/webhook-endpoints/{fair.endpoint['id']}/deliveries?limit=100"
        items = (await fair.api.get(path, OPERATOR)).json()["items"]
        return next(one for one in items if one["id"] == asked.json()["id"])

    done = await eventually(look, lambda found: found["status"] == "delivered")
    assert done["attempts"] == 2
    await fair.operate(f"/v1/webhook-deliveries/{done['id']}/redeliver")
    await eventually(look, lambda found: found["attempts"] == 3 and found["status"] == "delivered")
    hooks = [hook for hook in fair.receiver.hooks if hook.id == done["message_id"]]
    assert len(hooks) == 3
    assert {hook.verified(fair.endpoint["secret"])["type"] for hook in hooks} == {"endpoint.test"}
