"""What people are told of a step: what happened, what they can do now, until when, and what follows
if nobody does anything."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.notices import MESSAGE
from domain.order import Actor, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role, State
from texts.catalogue import Language, msg
from texts.deadlines import until_when
from texts.disputed_payment import what_it_means
from texts.endings import afterwards
from texts.event_sentences import PROPOSED, event_sentences
from texts.formatter import Formatter
from texts.holding import see_that_it_moves
from texts.messages import how_to_answer
from texts.open_matters import latest_proposal, open_matters
from texts.quoted_text import quoted_text
from texts.reader_context import ReaderContext
from texts.refusal_advice import advice_to_buyer, advice_to_seller
from texts.situation import situation
from texts.titles import short_title, title

ADVICE: dict[tuple[str, Role], Callable[[ReaderContext], Iterator[str]]] = {
    ("order.revision_refused", Role.BUYER): advice_to_buyer,
    ("order.revision_refused", Role.SELLER): advice_to_seller,
    ("order.decision_reminder", Role.BUYER): advice_to_buyer,
    ("order.holding_reminder", Role.OPERATOR): see_that_it_moves,
    # That it is frozen has been said.
    **{("order.payment_disputed", role): what_it_means for role in Role},
}
"""Where something else is to be said than how the order stands."""


@dataclass(frozen=True)
class NoticeText:
    """A notice in words: the title is one line, each paragraph another."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class NoticedStep:
    """A step that somebody is told of: its event and instant (UTC), who is told in what capacity,
    and the order after it with the texts that belonged to it then."""

    event: str
    at: datetime
    reader: Actor
    order: Order
    words: OrderTexts


def notice(
    event: str, reader: Actor, order: Order, words: OrderTexts, language: Language, time_zone: str
) -> NoticeText:
    """Say what somebody is told of an event, in what capacity.

    `order` is the order as it was after the step; `words` are those that belonged to it then, the
    step's own request among them. Instants are said in the IANA `time_zone` and in UTC.
    """
    context = ReaderContext(order, words, reader, Formatter(language, time_zone))
    return NoticeText(title(event, context), tuple(_paragraphs(event, context)))


def gathered_notices(
    steps: Sequence[NoticedStep], language: Language, time_zone: str
) -> list[NoticeText]:
    """Say what somebody is told of several steps of an order in one message, oldest first. Each is
    called by its instant and what it was; where the order stands now, and what can be done, is said
    of the last alone, since it holds of no other any more."""
    formatter = Formatter(language, time_zone)
    return [_gathered(one, steps[-1], formatter) for one in steps]


def _gathered(step: NoticedStep, last: NoticedStep, formatter: Formatter) -> NoticeText:
    context = ReaderContext(step.order, step.words, step.reader, formatter)
    called = {"label": formatter.instant(step.at), "text": short_title(step.event, context)}
    paragraphs = (
        _paragraphs(step.event, context)
        if step is last
        else _of_the_past(step.event, context, last.order)
    )
    return NoticeText(formatter.say(msg("%(label)s: %(text)s"), called), tuple(paragraphs))


def _of_the_past(event: str, context: ReaderContext, now: Order) -> Iterator[str]:
    yield event_sentences(event, context)
    if event == PROPOSED and context.order.settlements:
        yield latest_proposal(context)
    yield from quoted_text(event, context)
    advice = ADVICE.get((event, context.role))
    # Advice holds for as long as the order stands where it was given.
    if advice is not None and _stands(now) == _stands(context.order):
        yield from advice(context)


def _stands(order: Order) -> tuple[State, bool]:
    return order.state, order.payment_hold is not None


def _paragraphs(event: str, context: ReaderContext) -> Iterator[str]:
    yield event_sentences(event, context)
    yield from quoted_text(event, context)
    outcome = context.order.outcome
    if event == MESSAGE:
        yield how_to_answer(context)
        if outcome is not None:
            return
    if outcome is not None:
        yield from afterwards(context, outcome)
        return
    yield from ADVICE.get((event, context.role), situation)(context)
    yield from until_when(context)
    yield from open_matters(context)
