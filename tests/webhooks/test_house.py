"""The whole product with a marketplace that listens, is away, or does not want to hear any more."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from activities.webhooks import WebhookChannel
from embedded.postgres import Postgres
from tests.conftest import copy_of_template, local_server
from tests.house import OPERATOR, Deal, Door, House, eventually, running_house
from tests.webhooks.receiver import Hook, Json, Receiver


@dataclass
class Fair:
    """A house, a door to it that takes endpoints on loopback, and an endpoint there."""

    house: House
    door: Door
    receiver: Receiver
    endpoint: Json

    async def heard(self, deal: Deal, count: int) -> list[Hook]:
        """What the receiver was told of an order, once it is so much, by the order's steps."""

        async def look() -> list[Hook]:
            return [
                hook
                for hook in self.receiver.hooks
                if hook.payload["data"]["event"]["order_id"] == deal.order["id"]
            ]

        found = await eventually(look, lambda hooks: len(hooks) >= count)
        return sorted(found, key=lambda hook: int(hook.payload["data"]["event"]["seq"]))

    async def deliveries(self, deal: Deal) -> list[Json]:
        """What became of an order's messages, the newest first."""
        path = f"/v1/webhook-endpoints/{self.endpoint['id']}/deliveries?limit=100"
        items = (await self.door.get(path, OPERATOR)).json()["items"]
        return [one for one in items if one["order_id"] == deal.order["id"]]

    async def settled(self, deal: Deal, *statuses: str) -> list[Json]:
        """The same, once they stand so."""

        async def look() -> list[Json]:
            return await self.deliveries(deal)

        return await eventually(
            look, lambda found: [one["status"] for one in found] == list(statuses)
        )

    async def operate(self, path: str) -> None:
        """An operator does something."""
        answer = await self.door.post(path, OPERATOR)
        assert answer.status_code in (200, 202), answer.text


@pytest.fixture(scope="module")
async def whole(postgres: Postgres) -> AsyncIterator[Fair]:
    """The house on a Temporal server of its own: another's worker would look into its database."""
    receiver = Receiver()
    await receiver.start()
    async with await local_server() as server:
        url = await copy_of_template(postgres)
        async with running_house(url, server.client) as house:
            await house.stop_worker()
            channel = WebhookChannel(house.pool, allow_private=True, timeout_seconds=5)
            house.channels = {"webhook": channel}
            house.start_worker()
            async with house.with_settings(webhook_allow_private=True) as door:
                answer = await door.post(
                    "/v1/webhook-endpoints", OPERATOR, {"url": receiver.url}, key="the-endpoint"
                )
                assert answer.status_code == 201, answer.text
                yield Fair(house, door, receiver, answer.json())
    await receiver.stop()


@pytest.fixture
async def fair(whole: Fair) -> AsyncIterator[Fair]:
    """The same with a receiver that has heard nothing yet."""
    whole.receiver.hooks.clear()
    yield whole
    whole.receiver.statuses.clear()
    whole.receiver.hanging = False


async def test_each_step_is_told_once(fair: Fair) -> None:
    deal = await (await fair.house.deal()).reach("completed")
    hooks = await fair.heard(deal, 4)
    told = [hook.verified(fair.endpoint["secret"]) for hook in hooks]
    types = ["order.placed", "order.accepted", "order.delivered", "order.completed"]
    assert [one["type"] for one in told] == types
    states = [one["data"]["order"]["state"] for one in told]
    assert states == ["pending", "in_progress", "delivered", "completed"]
    assert told[-1]["data"]["order"] == {**await deal.now(), "actions": []}
    assert len({hook.id for hook in hooks}) == 4
    done = await fair.settled(deal, *["delivered"] * 4)
    assert [one["message_id"] for one in done] == [hook.id for hook in reversed(hooks)]


async def test_a_receiver_that_is_away_delays_no_order(fair: Fair) -> None:
    fair.receiver.hanging = True
    deals = await asyncio.gather(*(fair.house.deal() for _ in range(3)))
    async with asyncio.timeout(15):
        await asyncio.gather(*(deal.reach("completed") for deal in deals))
    assert {(await deal.now())["state"] for deal in deals} == {"completed"}
    await fair.receiver.stop()
    fair.receiver.hanging = False
    fair.receiver.hooks.clear()
    await fair.receiver.start()
    for deal in deals:
        for one in await fair.deliveries(deal):
            await fair.operate(f"/v1/webhook-deliveries/{one['id']}/redeliver")
    for deal in deals:

        async def heard(deal: Deal = deal) -> set[str]:
            return {hook.payload["type"] for hook in await fair.heard(deal, 0)}

        await eventually(heard, lambda types: len(types) == 4)
        await fair.settled(deal, *["delivered"] * 4)


async def test_what_was_delivered_is_sent_again_with_the_same_id(fair: Fair) -> None:
    deal = await fair.house.deal()
    (first,) = await fair.heard(deal, 1)
    (delivery,) = await fair.settled(deal, "delivered")
    await fair.operate(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
    hooks = await fair.heard(deal, 2)
    assert {hook.id for hook in hooks} == {first.id}
    assert {hook.body for hook in hooks} == {first.body}
    (again,) = await fair.settled(deal, "delivered")
    assert again["attempts"] == 2


async def test_who_is_gone_hears_nothing_until_it_is_back(fair: Fair) -> None:
    fair.receiver.statuses = [410]
    deal = await fair.house.deal()
    (failed,) = await fair.settled(deal, "failed")
    assert failed["last_error"] == "answered 410: the endpoint is disabled"
    await deal.act("accept", deal.seller)
    path = f"/v1/webhook-endpoints/{fair.endpoint['id']}"
    assert (await fair.door.get(path, OPERATOR)).json()["disabled_reason"] == "answered 410"
    await fair.operate(f"{path}/enable")
    await fair.operate(f"/v1/webhook-deliveries/{failed['id']}/redeliver")
    await deal.act("deliver", deal.seller, {"message": "Here it is."})
    types = [hook.payload["type"] for hook in await fair.heard(deal, 3)]
    assert types == ["order.placed", "order.placed", "order.delivered"]
