"""What of a step is to leave now: a webhook to each endpoint, and to each person a mail that tells
all that has gathered for them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from activities.channel import Message
from db import deliveries, letters, snapshots
from db.deliveries import Delivery
from db.errors import Spoiled
from db.letters import Enclosure, Letter
from db.pool import Connection
from db.snapshots import StepSnapshot
from domain.vocabulary import Role

EMAIL = "email"

Moments = Mapping[int, StepSnapshot | Spoiled]


@dataclass(frozen=True)
class Outgoing:
    """A message in hand, its channel, and the deliveries that have come to their end with it."""

    channel: str
    ids: tuple[int, ...]
    message: Message


async def begin(
    connection: Connection,
    order_id: UUID,
    seq: int,
    channels: Collection[str],
    pause: timedelta,
) -> list[Outgoing]:
    """Take in hand what a step has to tell over these channels, or, by mail, what has gathered with
    it: `pause` lies between two mails of an order to somebody. Nothing of it can get lost: all is
    taken in hand together or not at all."""
    async with connection.transaction():
        singly = [one for one in channels if one != EMAIL]
        due = await deliveries.begin(connection, order_id, seq, singly)
        gathered: list[Letter] = []
        if EMAIL in channels:
            gathered = await letters.begin(connection, order_id, seq, pause)
        told = {seq, *(part.seq for letter in gathered for part in letter.enclosures)}
        moments = await snapshots.of_steps(connection, order_id, told)
        await _take_out_the_unreadable(connection, gathered, moments)
    webhooks = (_webhook(one, order_id, seq, moments) for one in due)
    mails = (_mail(one, order_id, moments) for one in gathered)
    return [one for one in (*webhooks, *mails) if one is not None]


async def _take_out_the_unreadable(
    connection: Connection, gathered: Iterable[Letter], moments: Moments
) -> None:
    for letter in gathered:
        for part in letter.enclosures:
            if not isinstance(moments.get(part.seq), StepSnapshot):
                await letters.take_out(connection, part.id)


def _webhook(due: Delivery, order_id: UUID, seq: int, moments: Moments) -> Outgoing | None:
    moment = moments.get(seq)
    if not isinstance(moment, StepSnapshot):
        return None
    message = _message(due.id, order_id, seq, moment, endpoint_id=due.endpoint_id)
    return Outgoing(due.channel, (due.id,), message)


def _mail(letter: Letter, order_id: UUID, moments: Moments) -> Outgoing | None:
    told = list(_readable(letter, moments))
    if not told:
        return None
    *earlier, last = (
        _message(part.id, order_id, part.seq, moment, user_id=letter.user_id, role=part.role)
        for part, moment in told
    )
    ids = tuple(part.id for part, _ in told)
    return Outgoing(EMAIL, ids, last.with_earlier(earlier))


def _readable(letter: Letter, moments: Moments) -> Iterator[tuple[Enclosure, StepSnapshot]]:
    for part in letter.enclosures:
        moment = moments.get(part.seq)
        if isinstance(moment, StepSnapshot):
            yield part, moment


def _message(
    delivery_id: int,
    order_id: UUID,
    seq: int,
    moment: StepSnapshot,
    *,
    user_id: str | None = None,
    role: Role | None = None,
    endpoint_id: UUID | None = None,
) -> Message:
    return Message(
        delivery_id=delivery_id,
        order_id=order_id,
        seq=seq,
        event=moment.event,
        at=moment.at,
        order=moment.order,
        words=moment.words,
        user_id=user_id,
        role=role,
        endpoint_id=endpoint_id,
    )
