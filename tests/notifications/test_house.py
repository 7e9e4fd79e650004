"""The whole product with a mail server that is there, hangs, or goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from temporalio.service import RPCError

from activities.email import EmailChannel, MailServer
from embedded.postgres import Postgres
from tests.conftest import copy_of_template, local_server
from tests.house import Deal, House, Person, eventually, running_house
from tests.notifications.conftest import SENDER
from tests.notifications.post_office import LOOPBACK, Mail, PostOffice
from workflows.notifications import NotificationWorkflow, workflow_id

STEPS = ["order.placed", "order.accepted", "order.delivered", "order.completed"]


@dataclass
class Village:
    """A house, and a mail server that it hands its mails to."""

    house: House
    office: PostOffice

    async def told(self, who: Person) -> list[str]:
        """The events in somebody's inbox, oldest first."""
        answer = await self.house.door.get("/v1/notifications?limit=100", who)
        assert answer.status_code == 200, answer.text
        return [one["event"] for one in reversed(answer.json()["items"])]

    async def mails(self, who: Person, count: int) -> list[Mail]:
        """What somebody was mailed, once it is so much."""

        async def look() -> list[Mail]:
            return [mail for mail in self.office.mails if mail.to == [f"{who.id}@example.org"]]

        return await eventually(look, lambda found: len(found) >= count)

    async def try_now(self, deal: Deal) -> None:
        """An operator does not want to wait for the next attempts."""
        for seq in range(1, len(STEPS) + 1):
            handle = self.house.temporal.get_workflow_handle(workflow_id(deal.order["id"], seq))
            with suppress(RPCError):  # nothing was left to send
                await handle.signal(NotificationWorkflow.try_now)

    async def delivered(self, deal: Deal, count: int) -> None:
        """Waits until so many of an order's mails have been taken, and no other is left."""

        async def look() -> list[str]:
            rows = await self.house.pool.fetch(
                "SELECT status FROM deliveries WHERE order_id::text = $1", deal.order["id"]
            )
            return [row["status"] for row in rows]

        await eventually(look, lambda found: found == ["delivered"] * count)


@pytest.fixture(scope="module")
async def whole(postgres: Postgres) -> AsyncIterator[Village]:
    """The house on a Temporal server of its own: another's worker would look into its database."""
    office = PostOffice()
    await office.open()
    async with await local_server() as server:
        url = await copy_of_template(postgres)
        async with running_house(url, server.client) as house:
            await house.stop_worker()
            mail_server = MailServer(LOOPBACK, office.port, "none")
            house.channels = {
                "email": EmailChannel(house.pool, mail_server, SENDER, timeout_seconds=2)
            }
            house.start_worker()
            yield Village(house, office)
    await office.close()


@pytest.fixture
async def village(whole: Village) -> AsyncIterator[Village]:
    """The same with a mail server that has got nothing yet."""
    whole.office.mails.clear()
    yield whole
    whole.office.awake.set()
    await whole.office.close()
    await whole.office.open()


async def placed(village: Village) -> Deal:
    """A pending order of two people who want mails from the next step on."""
    deal = await village.house.deal()
    await village.house.door.says(deal.buyer, "fr")
    await village.house.door.says(deal.seller, "en")
    return deal


async def test_each_step_is_told_once(village: Village) -> None:
    deal = await (await placed(village)).reach("completed")
    for who, language in ((deal.buyer, "fr"), (deal.seller, "en")):
        mails = await village.mails(who, 3)
        assert {mail.message["Content-Language"] for mail in mails} == {language}
        assert len({mail.message["Message-ID"] for mail in mails}) == 3
        assert await village.told(who) == STEPS
    await village.delivered(deal, 6)
    assert len(village.office.mails) == 6


async def test_a_mail_server_that_hangs_delays_no_order(village: Village) -> None:
    village.office.awake.clear()
    deals = await asyncio.gather(*(placed(village) for _ in range(2)))
    await asyncio.gather(*(deal.reach("completed") for deal in deals))
    for deal in deals:
        assert (await deal.now())["state"] == "completed"
        assert await village.told(deal.buyer) == STEPS
    assert village.office.mails == []
    village.office.awake.set()
    for deal in deals:
        await village.try_now(deal)
        for who in (deal.buyer, deal.seller):
            await village.mails(who, 3)
        await village.delivered(deal, 6)


async def test_a_mail_server_that_is_away_loses_nothing(village: Village) -> None:
    await village.office.close()
    deal = await (await placed(village)).reach("completed")

    async def tried() -> int:
        count: int = await village.house.pool.fetchval(
            "SELECT count(*) FROM deliveries WHERE order_id::text = $1 AND attempts > 0",
            deal.order["id"],
        )
        return count

    await eventually(tried, lambda count: count == 6)
    await village.office.open()
    await village.try_now(deal)
    for who in (deal.buyer, deal.seller):
        assert len(await village.mails(who, 3)) == 3
        assert await village.told(who) == STEPS
