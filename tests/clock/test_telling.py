"""Mails and webhooks that wait while the clock is moved leave at their own instants."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from activities.channel import Message, NotDelivered
from activities.email import EmailChannel, MailServer, OutgoingMail
from db import clock
from db.pool import connection
from tests.app_under_test import OPERATOR
from tests.clock.conftest import SECOND, MovableApp, demand_growing_pauses
from tests.notifications.conftest import SENDER
from tests.notifications.post_office import LOOPBACK, PostOffice
from texts.mail import MailBodies

MAIL_PAUSE = timedelta(minutes=5)


@dataclass
class Post:
    """A way out that notes what leaves, and when by the stack's clock; it takes nothing while it is
    away."""

    movable: MovableApp
    is_away: bool = False
    tried: list[tuple[datetime, Message]] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        """Takes a message."""
        async with connection(self.movable.app.pool) as acquired:
            self.tried.append((await clock.now(acquired), message))
        if self.is_away:
            raise NotDelivered("nobody is there")

    def at(self, order_id: str) -> list[datetime]:
        """When something was tried of an order."""
        return [at for at, message in self.tried if str(message.order_id) == order_id]


@pytest.fixture
async def post(movable: MovableApp) -> AsyncIterator[Post]:
    """The only way out of the product, for mails and webhooks."""
    post = Post(movable)
    async with movable.only_ways(email=post, webhook=post):
        yield post


async def test_a_receiver_that_is_away_is_tried_again_at_the_instants_of_its_pauses(
    movable: MovableApp, post: Post, endpoint: str
) -> None:
    post.is_away = True
    in_play = await movable.app.place_order()
    await movable.advance(by="PT1S")
    await movable.advance(by="PT47H")
    demand_growing_pauses(
        [
            at
            for at, message in post.tried
            if str(message.order_id) == in_play.order["id"] and message.seq == 1
        ]
    )


async def test_it_is_given_up_after_three_days_and_sent_again_when_asked_for(
    movable: MovableApp, post: Post, endpoint: str
) -> None:
    post.is_away = True
    await movable.app.place_order()
    moved = await movable.advance(by="P7D")
    assert 2 < moved["carried_out"]
    listed = await movable.app.api.get(f"{endpoint}/deliveries", OPERATOR)
    assert {"failed"} == {one["status"] for one in listed.json()["items"]}

    post.is_away = False
    delivery = listed.json()["items"][-1]["id"]
    await movable.app.api.post(f"/v1/webhook-deliveries/{delivery}/redeliver", OPERATOR)
    await movable.advance(by="PT1S")
    listed = await movable.app.api.get(f"{endpoint}/deliveries", OPERATOR)
    assert ["delivered"] == [
        one["status"] for one in listed.json()["items"] if one["id"] == delivery
    ]


async def test_what_has_gathered_leaves_as_one_mail_when_its_pause_is_over(
    movable: MovableApp, post: Post
) -> None:
    in_play = await movable.app.place_order()
    await movable.app.says(in_play.buyer)
    await in_play.reach("in_progress")
    await movable.advance(by="PT1S")
    for part in range(2):
        refund = {"amount": 100 + part, "currency": "EUR"}
        await in_play.act("propose_settlement", in_play.seller, {"refund": refund, "reason": "So."})
    await movable.advance(by="PT1M")
    assert 1 == len(post.at(in_play.order["id"]))

    await movable.advance(by="PT10M")

    (first, _), (second, gathered) = post.tried
    # Counted from when the first one was noted, by a clock that ran: not at the end of the move.
    assert MAIL_PAUSE <= second - first < MAIL_PAUSE + timedelta(minutes=1)
    assert 1 == len(gathered.earlier)


async def test_what_happens_on_the_way_is_told_at_its_instant_and_in_its_order(
    movable: MovableApp, post: Post, endpoint: str
) -> None:
    orders = [await movable.app.place_order(delivery_time="P3D") for _ in range(3)]
    await orders[0].reach("delivered")
    await orders[1].reach("in_progress")
    await movable.advance(by="PT1S")
    before = len(post.tried)

    await movable.advance(by="P20D")

    told = post.tried[before:]
    assert {one.order["id"] for one in orders} == {str(message.order_id) for _, message in told}
    assert all(timedelta() <= at - message.at < SECOND for at, message in told)
    instants = [message.at for _, message in told]
    assert all(late > early - SECOND for early, late in pairwise(instants))


async def test_a_mail_bears_the_date_of_the_moved_clock(movable: MovableApp) -> None:
    office = PostOffice()
    await office.open()
    in_play = await movable.app.place_order()
    await movable.app.says(in_play.buyer)
    channel = EmailChannel(movable.app.pool, MailServer(LOOPBACK, office.port, "none"), SENDER)
    letter = OutgoingMail(in_play.buyer.id, "a-letter", lambda *_: MailBodies("A", "B", "<p>C</p>"))
    await channel.post(letter)
    await office.close()
    (mail,) = office.mails
    assert abs(mail.message["Date"].datetime - await movable.now()) < timedelta(minutes=2)
