"""The whole product with a mail server that is there, hangs, or goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from temporalio.service import RPCError

from activities.email import EmailChannel, MailServer
from activities.notifications import MAIL_PAUSE
from embedded.postgres import Postgres
from tests.app_under_test import (
    PATIENCE_SECONDS,
    AppUnderTest,
    OrderInPlay,
    Person,
    eventually,
    running_app,
)
from tests.conftest import copy_of_template
from tests.notifications.conftest import SENDER
from tests.notifications.post_office import LOOPBACK, Mail, PostOffice
from tests.notifications.test_patience import pauses
from tests.temporal_server import local_server
from workflows.notifications import NotificationWorkflow, workflow_id
from workflows.order import TASK_QUEUE
from workflows.start import NotificationStart

PROPOSALS = 12
STEPS = ["order.placed", "order.accepted", "order.delivered", "order.completed"]


@dataclass
class Village:
    """An app, and a mail server that it hands its mails to."""

    app: AppUnderTest
    office: PostOffice

    async def told(self, who: Person) -> list[str]:
        """The events in somebody's inbox, oldest first."""
        answer = await self.app.api.get("/v1/notifications?limit=100", who)
        assert answer.status_code == 200, answer.text
        return [one["event"] for one in reversed(answer.json()["items"])]

    async def mails(self, who: Person, count: int) -> list[Mail]:
        """What somebody was mailed, once it is so much."""

        async def look() -> list[Mail]:
            return [mail for mail in self.office.mails if mail.to == [f"{who.id}@example.org"]]

        return await eventually(look, lambda found: len(found) >= count)

    async def try_now(self, in_play: OrderInPlay) -> None:
        """An operator does not want to wait for the next attempts."""
        for seq in range(1, len(STEPS) + 1):
            handle = self.app.temporal.get_workflow_handle(workflow_id(in_play.order["id"], seq))
            with suppress(RPCError):  # nothing was left to send
                await handle.signal(NotificationWorkflow.try_now)

    async def delivered(self, in_play: OrderInPlay, count: int) -> None:
        """Waits until so many of an order's mails have been taken, and no other is left."""

        async def look() -> list[str]:
            rows = await self.app.pool.fetch(
                "SELECT status FROM deliveries WHERE order_id::text = $1", in_play.order["id"]
            )
            return [row["status"] for row in rows]

        await eventually(look, lambda found: found == ["delivered"] * count)


@pytest.fixture(scope="module")
async def whole(postgres: Postgres) -> AsyncIterator[Village]:
    """The app on a Temporal server of its own: another's worker would look into its database."""
    office = PostOffice()
    await office.open()
    async with await local_server() as server:
        url = await copy_of_template(postgres)
        async with running_app(url, server.client) as app:
            await app.stop_worker()
            mail_server = MailServer(LOOPBACK, office.port, "none")
            app.channels = {
                "email": EmailChannel(
                    app.pool, mail_server, SENDER, timeout_seconds=PATIENCE_SECONDS
                )
            }
            app.mail_pause = timedelta()
            app.start_worker()
            yield Village(app, office)
    await office.close()


@pytest.fixture
async def village(whole: Village) -> AsyncIterator[Village]:
    """The same with a mail server that has got nothing yet."""
    whole.office.mails.clear()
    yield whole
    whole.office.awake.set()
    await whole.office.close()
    await whole.office.open()


async def placed(village: Village) -> OrderInPlay:
    """A pending order of two people who want mails from the next step on."""
    in_play = await village.app.place_order()
    await village.app.says(in_play.buyer, "fr")
    await village.app.says(in_play.seller, "en")
    return in_play


async def test_each_step_is_told_once(village: Village) -> None:
    in_play = await (await placed(village)).reach("completed")
    for who, language in ((in_play.buyer, "fr"), (in_play.seller, "en")):
        mails = await village.mails(who, 3)
        assert {mail.message["Content-Language"] for mail in mails} == {language}
        assert len({mail.message["Message-ID"] for mail in mails}) == 3
        assert await village.told(who) == STEPS
    await village.delivered(in_play, 6)
    assert len(village.office.mails) == 6


async def test_what_the_inbox_alone_tells_takes_no_workflow(village: Village) -> None:
    """Beside an order that is told of by mail, begun after it."""
    quiet = await (await village.app.place_order()).reach("completed")
    told = await (await placed(village)).reach("completed")
    await village.delivered(told, 6)
    assert await village.told(quiet.buyer) == STEPS
    begun = await tellings(village, quiet), await tellings(village, told)
    assert begun == ([], [2, 3, 4])


async def test_what_tells_people_takes_no_place_on_the_queue_of_orders(village: Village) -> None:
    in_play = await (await placed(village)).reach("in_progress")
    await village.delivered(in_play, 2)
    temporal = village.app.temporal
    queues = [
        (await temporal.get_workflow_handle(name).describe()).task_queue
        for name in (workflow_id(in_play.order["id"], 2), f"order-{in_play.order['id']}")
    ]
    assert queues == ["notifications", "orders"]


async def test_what_a_release_before_began_on_the_queue_of_orders_is_carried_on(
    village: Village,
) -> None:
    in_play = await (await placed(village)).reach("in_progress")
    await village.delivered(in_play, 2)
    told = await village.app.temporal.execute_workflow(
        NotificationWorkflow.run,
        NotificationStart(order_id=in_play.order["id"], seq=2),
        id=f"{workflow_id(in_play.order['id'], 2)}-of-before",
        task_queue=TASK_QUEUE,
    )
    assert (told.delivered, told.pending) == (2, 0)


async def tellings(village: Village, in_play: OrderInPlay) -> list[int]:
    """The steps of an order of which a workflow tells people, or has told them."""
    found = []
    for seq in range(1, len(STEPS) + 1):
        handle = village.app.temporal.get_workflow_handle(workflow_id(in_play.order["id"], seq))
        with suppress(RPCError):
            await handle.describe()
            found.append(seq)
    return found


async def test_a_mail_server_that_hangs_delays_no_order(village: Village) -> None:
    village.office.awake.clear()
    orders_in_play = await asyncio.gather(*(placed(village) for _ in range(2)))
    await asyncio.gather(*(in_play.reach("completed") for in_play in orders_in_play))
    for in_play in orders_in_play:
        assert (await in_play.now())["state"] == "completed"
        assert await village.told(in_play.buyer) == STEPS
    assert village.office.mails == []
    village.office.awake.set()
    for in_play in orders_in_play:
        await village.try_now(in_play)
        for who in (in_play.buyer, in_play.seller):
            await village.mails(who, 3)
        await village.delivered(in_play, 6)


async def test_a_mail_server_that_is_away_loses_nothing(village: Village) -> None:
    await village.office.close()
    in_play = await (await placed(village)).reach("completed")

    async def tried() -> int:
        count: int = await village.app.pool.fetchval(
            "SELECT count(*) FROM deliveries WHERE order_id::text = $1 AND attempts > 0",
            in_play.order["id"],
        )
        return count

    await eventually(tried, lambda count: count == 6)
    await village.office.open()
    await village.try_now(in_play)
    for who in (in_play.buyer, in_play.seller):
        assert len(await village.mails(who, 3)) == 3
        assert await village.told(who) == STEPS
    await village.delivered(in_play, 6)


@pytest.fixture
async def gathering(village: Village) -> AsyncIterator[Village]:
    """The same with five minutes between two mails of an order to somebody."""
    app = village.app
    await app.stop_worker()
    app.mail_pause = MAIL_PAUSE
    app.start_worker()
    yield village
    await app.stop_worker()
    app.mail_pause = timedelta()
    app.start_worker()


async def test_a_flood_of_proposals_is_no_flood_of_mails(gathering: Village) -> None:
    """The first event is told at once; what follows leaves five minutes later, all of it, by the
    workflows that wait for it."""
    in_play = await (await placed(gathering)).reach("in_progress")
    for who in (in_play.buyer, in_play.seller):
        await gathering.mails(who, 1)
    for cents in range(1, PROPOSALS + 1):
        fields = {"refund": {"amount": cents, "currency": "EUR"}, "reason": "Half."}
        await in_play.act("propose_settlement", in_play.seller, fields)

    async def wait_for_their_time() -> int:
        """Those that have tried once: who comes to that later finds that the time is over."""
        count = 0
        for seq in range(3, 3 + PROPOSALS):
            name = workflow_id(in_play.order["id"], seq)
            handle = gathering.app.temporal.get_workflow_handle(name)
            with suppress(RPCError):  # it has not been begun
                count += await pauses(handle)
        return count

    await eventually(wait_for_their_time, lambda count: count == PROPOSALS)
    assert len(gathering.office.mails) == 2
    await gathering.app.pool.execute(
        "UPDATE deliveries SET last_attempt = last_attempt - $1::interval,"
        " delivered_at = delivered_at - $1::interval",
        MAIL_PAUSE,
    )
    handle = gathering.app.temporal.get_workflow_handle(workflow_id(in_play.order["id"], 5))
    await handle.signal(NotificationWorkflow.try_now)
    for who in (in_play.buyer, in_play.seller):
        _, rest = await gathering.mails(who, 2)
        assert rest.body("plain").count("UTC") >= PROPOSALS
    await gathering.delivered(in_play, 2 + 2 * PROPOSALS)
    assert len(gathering.office.mails) == 4
