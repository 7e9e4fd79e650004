"""Messages told: in the inbox to everybody in the conversation but who wrote, by mail gathered with
the steps of the order."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.notifications import MAIL_PAUSE, DeliveryReport, NotificationActivities, StepRef
from db import messages
from domain.actions import Assign
from domain.conversation import ConversationMessage
from domain.order import Actor, Order
from domain.vocabulary import Action, Role, State
from tests.app_under_test import ApiClient, Person
from tests.db.market import act_of, buyer_of, seller_of
from tests.notifications.conftest import Town
from tests.notifications.post_office import Mail

MONA = Actor(id="mona", role=Role.MEDIATOR)


@dataclass
class Talk:
    """An order on which people talk."""

    town: Town
    order: Order
    told: list[int] = field(default_factory=list)

    async def say(self, author: Actor, text: str) -> ConversationMessage:
        """A message."""
        async with self.town.pool.acquire() as connection:
            written = await messages.write(connection, self.order, author, text, (), 0)
        assert isinstance(written, ConversationMessage)
        self.told.append(-written.number)
        return written

    async def attempt(self, seq: int) -> DeliveryReport:
        """One attempt at all that a step or a message has to tell."""
        activities = NotificationActivities(
            self.town.pool, {"email": self.town.channel()}, 20, MAIL_PAUSE
        )
        told: DeliveryReport = await ActivityEnvironment().run(
            activities.send_notifications, StepRef(order_id=self.order.id, seq=seq)
        )
        return told

    async def time_passes(self, by: timedelta = MAIL_PAUSE) -> None:
        """All that was tried was tried so much earlier."""
        await self.town.pool.execute(
            "UPDATE deliveries SET last_attempt = last_attempt - $1::interval,"
            " delivered_at = delivered_at - $1::interval, in_hand_until = in_hand_until - $1",
            by,
        )

    def mails(self, who: str) -> list[Mail]:
        """What somebody got."""
        return [one for one in self.town.office.mails if one.to == [f"{who}@example.org"]]


@pytest.fixture
async def talk(town: Town) -> Talk:
    """An order in progress between people who want mails."""
    order = await town.market.order(State.IN_PROGRESS)
    for who in (order.buyer_id, order.seller_id):
        await town.says(who)
    return Talk(town, order)


async def inbox(api: ApiClient, who: str, *roles: str) -> list[tuple[str, str | None, str]]:
    """What somebody is told of messages, oldest first, as what and in which words."""
    answer = await api.get("/v1/notifications?limit=100", Person(who, roles or ("user",)))
    return [
        (one["role"], one["message_id"], one["text"][1])
        for one in reversed(answer.json()["items"])
        if one["event"] == "order.message"
    ]


async def test_the_other_side_reads_it_in_the_inbox(talk: Talk, api: ApiClient) -> None:
    buyer, seller = buyer_of(talk.order), seller_of(talk.order)
    await talk.say(buyer, "Which blue?")
    await talk.say(seller, "Dark.")
    assert await inbox(api, str(seller.id)) == [("seller", "1", "The buyer writes: “Which blue?”")]
    assert await inbox(api, str(buyer.id)) == [("buyer", "2", "The seller writes: “Dark.”")]
    assert await inbox(api, "mona", "mediator") == []
    answer = await api.get("/v1/notifications", Person(str(buyer.id)))
    (newest, *_) = answer.json()["items"]
    assert (newest["seq"], newest["state"]) == (None, "in_progress")
    assert newest["title"].startswith("New message: “")
    read = await api.post(f"/v1/notifications/{newest['id']}/read", Person(str(buyer.id)))
    assert read.json()["read_at"]


async def test_who_has_the_case_is_told_and_no_other_mediator(town: Town, api: ApiClient) -> None:
    talk = Talk(town, await town.market.order(State.DISPUTED))
    await talk.say(buyer_of(talk.order), "Hello?")
    assert await inbox(api, "mona", "mediator") == []
    talk.order = (await town.market.record(act_of(talk.order, Action.ASSIGN, MONA, Assign()))).order
    await talk.say(buyer_of(talk.order), "It is not blue.")
    await talk.say(MONA, "Which blue was it to be?")
    told = [("mediator", "2", "The buyer writes: “It is not blue.”")]
    assert told == await inbox(api, "mona", "mediator")
    for who in (talk.order.buyer_id, talk.order.seller_id):
        said = await inbox(api, who)
        assert said[-1][2] == "The mediator writes: “Which blue was it to be?”"


async def test_the_first_is_mailed_at_once_and_all_that_follow_together(talk: Talk) -> None:
    buyer, seller = buyer_of(talk.order), str(talk.order.seller_id)
    await talk.say(buyer, "One.")
    assert (await talk.attempt(talk.told[0])).delivered == 1
    for text in ("Two.", "Three."):
        await talk.say(buyer, text)
    step = await talk.town.market.record(act_of(talk.order, Action.DELIVER, seller_of(talk.order)))
    assert step.outcome is not None
    talk.order = step.order
    await talk.say(buyer, "Four.")
    seqs = [*talk.told[1:], step.outcome["seq"]]
    await asyncio.gather(*(talk.attempt(seq) for seq in seqs))
    assert len(talk.mails(seller)) == 1
    await talk.time_passes()
    await asyncio.gather(*(talk.attempt(seq) for seq in seqs))
    first, gathered = talk.mails(seller)
    assert "“One.”" in first.body("plain")
    body = gathered.body("plain")
    places = [body.index(part) for part in ("“Two.”", "“Three.”", "You delivered", "“Four.”")]
    assert sorted(places) == places
    assert all(body.count(part) == 1 for part in ("“Two.”", "“Three.”", "“Four.”"))
    assert "You can answer with a message on the order." in body
    left = await talk.town.pool.fetchval(
        "SELECT count(*) FROM deliveries WHERE order_id = $1 AND status = 'pending'"
        " AND user_id = $2",
        UUID(talk.order.id),
        seller,
    )
    assert left == 0


async def test_a_message_and_what_tells_of_it_are_written_together(talk: Talk) -> None:
    async with talk.town.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await messages.write(connection, talk.order, buyer_of(talk.order), "Never said.", (), 0)
        await transaction.rollback()
    for left in ("messages", "conversations", "notices WHERE seq < 0", "deliveries WHERE seq < 0"):
        found = f"SELECT count(*) FROM (SELECT order_id FROM {left}) AS of WHERE order_id = $1"
        assert await talk.town.pool.fetchval(found, UUID(talk.order.id)) == 0
