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
from domain.vocabulary import CancellationStatus, Role, State
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
STILL_DELIVERED = msg(
    "Until %(seller)s has answered, the work goes on. If it is delivered first, your wish ends."
)
ANSWER_OR_DELIVER = msg(
    "Cancel, or refuse and say why. You can also deliver the work: the wish then ends."
)
LEADS: dict[tuple[State, CancellationStatus | None, Role], str] = {
    (State.IN_PROGRESS, None, Role.BUYER): situation.SOMETHING_WRONG,
    (State.IN_PROGRESS, CancellationStatus.ASKED, Role.BUYER): STILL_DELIVERED,
    (State.IN_PROGRESS, CancellationStatus.ASKED, Role.SELLER): ANSWER_OR_DELIVER,
    (State.IN_PROGRESS, CancellationStatus.UNANSWERED, Role.SELLER): ANSWER_OR_DELIVER,
    (State.IN_PROGRESS, CancellationStatus.REFUSED, Role.BUYER): NOT_BEFORE,
    (State.IN_PROGRESS, CancellationStatus.UNANSWERED, Role.BUYER): NOT_BEFORE,
    (State.DELIVERED, None, Role.SELLER): situation.NOTHING,
}
"""What stands under a headline that has said the rest: by the state, by what became of a wish to
cancel, and by who reads."""


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
        tone=tone_of(order, whose),
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


@dataclass(frozen=True)
class News:
    """What others did, and where on the page one looks at it."""

    text: str
    href: str


def happened(seen: Seen, before: Since) -> News | None:
    """Return what the other side, or a deadline, did since a page was drawn; None where nobody
    did."""
    if done := news(seen, before.entry):
        return News(done, "#situation")
    said = said_since(seen, before.message)
    return News(said, "#conversation") if said else None


def _document_title(seen: Seen, whose: Move, state: str) -> str:
    said = {"you": YOUR_MOVE, "them": WAITING, "nobody": ENDED}[whose]
    return seen.context.say(said, title=seen.view.title, state=state)


def _lead(seen: Seen, whose: Move, advised: tuple[str, ...]) -> str:
    """Return what stands under the headline: what one can do, unless it is advised below."""
    if seen.order.state.is_final:
        return ""
    if seen.order.payment_hold is not None:
        return next(situation.situation(seen.context))  # the rest is advised
    if advised and seen.order.state is not State.DISPUTED:
        return seen.context.say(NOT_BEFORE if whose == "you" else situation.NOTHING)
    if instead := LEADS.get((seen.order.state, _wish(seen), seen.role)):
        return seen.context.say(instead)
    said = situation.situation(seen.context)
    # How many revisions are left stands on the delivery, and of a dispute the rest is advised.
    first_alone = seen.order.state in (State.DELIVERED, State.DISPUTED)
    return next(said) if first_alone else " ".join(said)


def _wish(seen: Seen) -> CancellationStatus | None:
    asked = seen.order.cancellation_request
    return None if asked is None else asked.status


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9
