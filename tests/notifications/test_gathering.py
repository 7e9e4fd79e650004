"""Mails of one order to one person: the first event leaves at once, and what follows soon after is
told by one mail, each event once and in its order."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.channel import Channel, Message
from activities.notifications import MAIL_PAUSE, DeliveryReport, NotificationActivities, StepRef
from db.letters import MOST_IN_ONE
from domain.actions import Fields, PositiveMoney, ProposeSettlement, RequestRevision
from domain.order import Order
from domain.vocabulary import Action, State
from tests.db.market import act_of, buyer_of, seller_of
from tests.notifications.conftest import Town
from tests.notifications.post_office import Mail

SECONDS = MAIL_PAUSE.total_seconds()
LEAST_PAID = 300
"""Cents: whatever else is said of money on an order of 20.00 EUR is more."""

AMOUNT = re.compile(r"(?:(?<=€)|(?<!\d)(?=\d+,\d\d\s€))(\d+)[.,](\d\d)")


@dataclass
class Talk:
    """An order on which much happens. Its steps are numbered as in its journal."""

    town: Town
    order: Order
    seqs: list[int] = field(default_factory=list)

    async def act(self, action: Action, *, by_buyer: bool, fields: Fields | None = None) -> int:
        """A step; gives its number."""
        actor = (buyer_of if by_buyer else seller_of)(self.order)
        recorded = await self.town.market.record(act_of(self.order, action, actor, fields))
        assert recorded.outcome is not None
        assert recorded.outcome["accepted"], recorded.outcome
        self.order = recorded.order
        self.seqs.append(recorded.outcome["seq"])
        return self.seqs[-1]

    async def proposals(self, numbers: range) -> None:
        """The seller proposes again and again."""
        for number in numbers:
            refund = PositiveMoney(amount=number, currency="EUR")
            fields = ProposeSettlement(refund=refund, reason=f"Proposal {number}.")
            await self.act(Action.PROPOSE_SETTLEMENT, by_buyer=False, fields=fields)

    async def attempt(
        self, seq: int, channel: Channel | None = None, pause: timedelta = MAIL_PAUSE
    ) -> DeliveryReport:
        """One attempt at all that a step has to tell."""
        channels = {"email": channel or self.town.channel()}
        activities = NotificationActivities(self.town.pool, channels, 20, pause)
        told: DeliveryReport = await ActivityEnvironment().run(
            activities.send_notifications, StepRef(order_id=self.order.id, seq=seq)
        )
        return told

    async def attempts(self) -> list[DeliveryReport]:
        """An attempt at each step, all at the same time, as their workflows make them."""
        return await asyncio.gather(*(self.attempt(seq) for seq in self.seqs))

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

    def told(self, who: str) -> list[list[int]]:
        """The proposals of which somebody's mails tell, mail by mail."""
        return [proposals_in(one) for one in self.mails(who)]


def proposals_in(mail: Mail) -> list[int]:
    """The proposals that a mail tells of, each of them known by the cents that go back."""
    amounts = [int(euros + cents) for euros, cents in AMOUNT.findall(mail.body("plain"))]
    return [one for one in amounts if one < LEAST_PAID]


@pytest.fixture
async def talk(town: Town) -> Talk:
    """A delivered order of ana's with ben, who want mails in French and in English."""
    order = await town.market.order(State.DELIVERED, buyer_id="ana", seller_id="ben")
    await town.says("ana", language="fr")
    await town.says("ben")
    return Talk(town, order)


async def test_a_flood_is_two_mails_for_each(talk: Talk) -> None:
    await talk.proposals(range(1, 2))
    await talk.attempts()
    await talk.proposals(range(2, 61))
    await talk.attempts()
    assert talk.told("ana") == talk.told("ben") == [[1]]
    await talk.time_passes()
    await talk.attempts()
    rest = list(range(2, 61))
    assert talk.told("ana") == talk.told("ben") == [[1], rest]
    assert [one.pending for one in await talk.attempts()] == [0] * 60
    assert len(talk.town.office.mails) == 4


async def test_what_waits_says_for_how_long(talk: Talk) -> None:
    await talk.proposals(range(1, 3))
    first, second = talk.seqs
    told = await talk.attempt(first)
    assert (told.delivered, told.pending, told.waiting, told.due_in) == (2, 0, 0, None)
    # All that was there left as one.
    assert talk.told("ana") == [[1, 2]]
    assert (await talk.attempt(second)).delivered == 2
    await talk.proposals(range(3, 4))
    await talk.time_passes(timedelta(seconds=100))
    told = await talk.attempt(talk.seqs[-1])
    assert (told.delivered, told.pending, told.waiting, told.problems) == (0, 2, 2, ())
    assert told.due_in is not None
    assert 0 < told.due_in <= SECONDS - 100


async def test_each_reads_it_in_their_language(talk: Talk) -> None:
    await talk.proposals(range(1, 4))
    await talk.attempt(talk.seqs[0])
    (french,), (english,) = talk.mails("ana"), talk.mails("ben")
    assert french.message["Subject"] == "3 nouvelles\u00a0: «\u00a0A logo\u00a0»"
    assert english.message["Subject"] == "3 updates: “A logo”"
    assert french.message["Content-Language"] == "fr"
    for body in (english.body("plain"), english.body("html")):
        assert body.count("UTC: Settlement proposed") == 3


async def test_others_are_not_kept_waiting(talk: Talk, town: Town) -> None:
    await talk.proposals(range(1, 2))
    await talk.attempts()
    other = Talk(town, await town.market.order(State.DELIVERED, buyer_id="ana", seller_id="ben"))
    await other.proposals(range(7, 8))
    await other.attempts()
    assert talk.told("ana") == [[1], [7]]
    await town.says("zoe")
    third = Talk(town, await town.market.order(State.DELIVERED, buyer_id="zoe", seller_id="ben"))
    await third.proposals(range(8, 9))
    await third.attempts()
    assert third.told("zoe") == [[8]]


async def test_a_letter_that_was_tried_stays_what_it_is(talk: Talk, town: Town) -> None:
    """A server that took it and could not say so gets the same again, with the same id."""
    await talk.proposals(range(1, 3))
    town.office.answers["DATA"] = "451 4.3.0 Not now"
    assert (await talk.attempt(talk.seqs[0])).pending == 2
    await talk.proposals(range(3, 5))
    town.office.answers.clear()
    await asyncio.gather(talk.attempts(), talk.attempts())
    assert talk.told("ana") == talk.told("ben") == [[1, 2]]
    await talk.time_passes()
    await asyncio.gather(talk.attempts(), talk.attempts())
    assert talk.told("ana") == talk.told("ben") == [[1, 2], [3, 4]]
    numbers = [one.message["Message-ID"] for one in talk.mails("ana")]
    assert len(set(numbers)) == 2


@dataclass
class Gone:
    """A channel whose worker dies with all messages in hand, before or after they were sent."""

    through: Channel | None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    ids: list[str] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        """Never comes back."""
        self.ids.append(message.id)
        if self.through is not None:
            await self.through.send(message)
        self.reached.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("sent", [False, True], ids=["before it was sent", "after it was sent"])
async def test_a_worker_that_dies_loses_nothing(sent: bool, talk: Talk, town: Town) -> None:
    await talk.proposals(range(1, 4))
    gone = Gone(town.channel() if sent else None)
    dying = asyncio.create_task(talk.attempt(talk.seqs[1], gone))
    await gone.reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    before = {one.message["Message-ID"] for one in town.office.mails}
    # While it may be alive nobody sends the same beside it.
    told = await talk.attempt(talk.seqs[0])
    assert told.waiting == told.pending > 0
    await talk.time_passes(timedelta(minutes=1))
    await talk.attempts()
    assert [one.pending for one in await talk.attempts()] == [0] * 3
    for who in ("ana", "ben"):
        assert {tuple(one) for one in talk.told(who)} == {(1, 2, 3)}
    # What came twice can be known by its id.
    after = [one.message["Message-ID"] for one in town.office.mails]
    assert before <= set(after)
    assert len(set(after)) == 2


async def test_two_attempts_at_once_send_once(talk: Talk) -> None:
    await talk.proposals(range(1, 6))
    await asyncio.gather(*(talk.attempts() for _ in range(4)))
    assert talk.told("ana") == talk.told("ben") == [[1, 2, 3, 4, 5]]


async def test_who_is_unknown_to_the_server_is_not_tried_again_and_again(
    talk: Talk, town: Town
) -> None:
    town.office.unknown = {"ana@example.org"}
    await talk.proposals(range(1, 2))
    assert (await talk.attempt(talk.seqs[0])).failed == 1
    await talk.proposals(range(2, 4))
    await talk.attempts()
    tries = "SELECT sum(attempts) FROM deliveries WHERE user_id = 'ana'"
    assert await town.pool.fetchval(tries) == 1


async def test_who_switched_mails_off_meanwhile(talk: Talk, town: Town) -> None:
    await talk.proposals(range(1, 2))
    await talk.attempts()
    await talk.proposals(range(2, 4))
    await talk.attempts()
    await town.says("ana", by_email=False)
    await talk.time_passes()
    told = await talk.attempt(talk.seqs[-1])
    assert (told.failed, told.delivered, told.pending) == (1, 1, 0)
    assert talk.told("ana") == [[1]]


async def test_one_step_that_cannot_be_read_keeps_no_other(
    talk: Talk, town: Town, database_url: str
) -> None:
    await talk.proposals(range(1, 4))
    _, spoiled, _ = talk.seqs
    owner = await asyncpg.connect(database_url)
    await owner.execute("ALTER TABLE events DISABLE TRIGGER USER")
    await owner.execute("UPDATE events SET doc = '{}' WHERE seq = $1", spoiled)
    await owner.close()
    await talk.attempt(talk.seqs[0])
    assert talk.told("ana") == [[1, 3]]
    error = await town.pool.fetchval(
        "SELECT last_error FROM deliveries WHERE seq = $1 AND user_id = 'ana'", spoiled
    )
    assert error == "what it tells of cannot be read"
    await talk.proposals(range(4, 5))
    await talk.time_passes()
    await talk.attempt(talk.seqs[-1])
    assert talk.told("ana") == [[1, 3], [4]]


async def test_a_mail_full_of_steps_that_cannot_be_read_keeps_no_other(
    talk: Talk, town: Town, database_url: str
) -> None:
    await talk.proposals(range(1, MOST_IN_ONE + 2))
    *spoiled, last = talk.seqs
    owner = await asyncpg.connect(database_url)
    await owner.execute("ALTER TABLE events DISABLE TRIGGER USER")
    await owner.execute("UPDATE events SET doc = '{}' WHERE seq = ANY ($1)", spoiled)
    await owner.close()
    for _ in range(2):
        await talk.attempt(last)
    assert talk.told("ana") == [[MOST_IN_ONE + 1]]


async def test_without_a_pause_every_event_has_a_mail_of_its_own(talk: Talk) -> None:
    await talk.proposals(range(1, 4))
    for seq in talk.seqs:
        told = await talk.attempt(seq, pause=timedelta())
        assert (told.delivered, told.pending, told.waiting) == (2, 0, 0)
    assert talk.told("ana") == [[1], [2], [3]]


async def test_a_mail_tells_no_more_than_can_be_read(talk: Talk) -> None:
    await talk.proposals(range(1, MOST_IN_ONE + 4))
    await talk.attempt(talk.seqs[0])
    await talk.time_passes()
    told = await talk.attempt(talk.seqs[-1])
    assert told.pending == 0
    assert [len(one) for one in talk.told("ana")] == [MOST_IN_ONE, 3]
    assert [n for one in talk.told("ana") for n in one] == list(range(1, MOST_IN_ONE + 4))


async def test_what_is_over_is_told_as_past(talk: Talk) -> None:
    """What can be done, and until when, is said of how the order stands now, once."""
    wish = RequestRevision(reason="Bluer.")
    await talk.act(Action.REQUEST_REVISION, by_buyer=True, fields=wish)
    await talk.act(Action.ACCEPT_REVISION, by_buyer=False)
    await talk.act(Action.CANCEL, by_buyer=False)
    await talk.attempt(talk.seqs[0])
    (mail,) = talk.mails("ben")
    text = mail.body("plain")
    assert "The buyer writes: “Bluer.”" in text
    assert [text.count(one) for one in ("If you do nothing", "Status: cancelled")] == [0, 1]
    assert text.index("Bluer.") < text.index("Revision accepted") < text.index("Order cancelled")


def test_five_minutes_lie_between_two() -> None:
    assert timedelta(minutes=5) == MAIL_PAUSE
