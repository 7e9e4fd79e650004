"""What people are told of a step: what happened, what they can do now, until when, and what follows
if nobody does anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.order import Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role
from texts.catalogue import Language
from texts.deadlines import until_when
from texts.endings import afterwards
from texts.event_sentences import event_sentences
from texts.formatter import Formatter
from texts.open_matters import open_matters
from texts.quoted_text import quoted_text
from texts.reader_context import ReaderContext
from texts.refusal_advice import advice_to_buyer, advice_to_seller
from texts.situation import situation
from texts.titles import title

ADVICE: dict[tuple[str, Role], Callable[[ReaderContext], Iterator[str]]] = {
    ("order.revision_refused", Role.BUYER): advice_to_buyer,
    ("order.revision_refused", Role.SELLER): advice_to_seller,
    ("order.decision_reminder", Role.BUYER): advice_to_buyer,
}
"""Where more is to be said than how the order stands."""


@dataclass(frozen=True)
class NoticeText:
    """A notice in words: the title is one line, each paragraph another."""

    title: str
    paragraphs: tuple[str, ...]


def notice(
    event: str, role: Role, order: Order, words: OrderTexts, language: Language, time_zone: str
) -> NoticeText:
    """Say what somebody is told of an event, in what capacity.

    `order` is the order as it was after the step; `words` are those that belonged to it then, the
    step's own request among them. Instants are said in the IANA `time_zone` and in UTC.
    """
    context = ReaderContext(order, words, role, Formatter(language, time_zone))
    return NoticeText(title(event, context), tuple(_paragraphs(event, context)))


def _paragraphs(event: str, context: ReaderContext) -> Iterator[str]:
    yield event_sentences(event, context)
    yield from quoted_text(event, context)
    outcome = context.order.outcome
    if outcome is not None:
        yield from afterwards(context, outcome)
        return
    yield from ADVICE.get((event, context.role), situation)(context)
    yield from until_when(context)
    yield from open_matters(context)
