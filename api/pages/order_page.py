"""The page of an order for its buyer and its seller: all that stands on it."""

from dataclasses import dataclass

from api.pages import order_facts
from api.pages.acting import Offered
from api.pages.open_beside import OpenBeside, open_beside
from api.pages.order_facts import Delivery, Fact
from api.pages.order_reader import Seen
from api.pages.order_story import Story, news, story
from api.pages.order_talk import Talk, said_since, talk
from api.pages.owed import Owed, owed
from api.pages.situation_card import MoneyHalf, TimeHalf, money_half, time_half
from api.pages.tones import Tone, tone_of
from db.reading import reading
from domain.vocabulary import State
from texts import situation
from texts.advice import advice
from texts.catalogue import msg
from texts.headline import Move, headline, move
from texts.labels import label_of

REGIONS = ("head", "situation", "owed", "actions", "conversation", "story", "facts")
"""What is drawn anew when the order moves: the ids, and the templates that draw them."""

YOUR_MOVE = msg("Your move: %(title)s")
WAITING = msg("Waiting: %(title)s")
ENDED = msg("%(state)s: %(title)s")
NOT_BEFORE = msg("Nothing moves before you have confirmed it.")


@dataclass(frozen=True)
class Since:
    """How far a page has heard: the last entry of the journal, and the last message."""

    entry: int = 0
    message: int = 0

    @classmethod
    def read(cls, text: str) -> "Since":
        """Return what an event's id says; of what is none, the beginning."""
        entry, _, message = text.partition(".")
        numbers = [int(one) if _is_number(one) else 0 for one in (entry, message)]
        return cls(*numbers)

    def __str__(self) -> str:
        return f"{self.entry}.{self.message}"


@dataclass(frozen=True)
class OrderPage:
    """What the templates show, in the order of the page."""

    address: str
    document_title: str
    title: str
    tone: Tone
    state: str
    headline: str
    lead: str
    move: Move
    time: TimeHalf
    money: MoneyHalf
    owed: tuple[Owed, ...]
    advice: tuple[str, ...]
    beside: OpenBeside
    offered: Offered
    talk: Talk
    deliveries: tuple[Delivery, ...]
    revisions: str
    story: Story
    facts: tuple[Fact, ...]
    extras: tuple[Fact, ...]
    brief: str
    since: Since
    version: int


def order_page(seen: Seen) -> OrderPage:
    """Return the page of an order.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"order {seen.found.row.order.id}"):
        return _page(seen)


def _page(seen: Seen) -> OrderPage:
    context, order, title = seen.context, seen.order, seen.view.title
    whose, state = move(context), seen.formatter.say(label_of(order))
    advised = tuple(advice(context))
    return OrderPage(
        address=seen.address,
        document_title=_document_title(seen, whose, state),
        title=title,
        tone=tone_of(order.state, overdue=order.overdue, move=whose),
        state=state,
        headline=headline(context),
        lead=_lead(seen, whose, advised),
        move=whose,
        time=time_half(seen),
        money=money_half(seen),
        owed=tuple(owed(seen)),
        advice=advised,
        beside=open_beside(seen),
        offered=seen.offered,
        talk=talk(seen),
        deliveries=order_facts.deliveries(seen),
        revisions=order_facts.revisions(seen),
        story=story(seen),
        facts=tuple(order_facts.facts(seen)),
        extras=order_facts.extras(seen),
        brief=seen.view.brief,
        since=since(seen),
        version=order.version,
    )


def since(seen: Seen) -> Since:
    """Return how far a page that is drawn now has heard."""
    return Since(seen.rows.newest, seen.found.row.messages)


def happened(seen: Seen, before: Since) -> str:
    """Say what the other side, or a deadline, did since a page was drawn; nothing where nobody
    did."""
    return news(seen, before.entry) or said_since(seen, before.message)


def _document_title(seen: Seen, whose: Move, state: str) -> str:
    said = {"you": YOUR_MOVE, "them": WAITING, "nobody": ENDED}[whose]
    return seen.context.say(said, title=seen.view.title, state=state)


def _lead(seen: Seen, whose: Move, advised: tuple[str, ...]) -> str:
    """Return what stands under the headline: what one can do, unless it is advised below."""
    if seen.order.state.is_final:
        return ""
    said = situation.situation(seen.context)
    if advised and seen.order.state is not State.DISPUTED:
        return seen.context.say(NOT_BEFORE if whose == "you" else situation.NOTHING)
    # How many revisions are left stands on the delivery, and of a dispute the rest is advised.
    first_alone = seen.order.state in (State.DELIVERED, State.DISPUTED)
    return next(said) if first_alone else " ".join(said)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9
