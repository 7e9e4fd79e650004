"""What people are told of a step: what happened, what they can do now, until when, and what follows
if nobody does anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from documents.order import Words
from domain.order import Order
from domain.vocabulary import Role
from texts.catalogue import Language
from texts.endings import afterwards
from texts.happened import happened
from texts.quotes import quoted
from texts.refused import advice_to_buyer, advice_to_seller
from texts.silence import until_when
from texts.standing import standing
from texts.still_open import still_open
from texts.telling import Telling
from texts.titles import title
from texts.voice import Voice

ADVICE: dict[tuple[str, Role], Callable[[Telling], Iterator[str]]] = {
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
    event: str, role: Role, order: Order, words: Words, language: Language, time_zone: str
) -> NoticeText:
    """What somebody is told of an event, in what capacity.

    `order` is the order as it was after the step; `words` are those that belonged to it then, the
    step's own request among them. Instants are said in the IANA `time_zone` and in UTC.
    """
    telling = Telling(order, words, role, Voice(language, time_zone))
    return NoticeText(title(event, telling), tuple(_paragraphs(event, telling)))


def _paragraphs(event: str, telling: Telling) -> Iterator[str]:
    yield happened(event, telling)
    yield from quoted(event, telling)
    outcome = telling.order.outcome
    if outcome is not None:
        yield from afterwards(telling, outcome)
        return
    yield from ADVICE.get((event, telling.role), standing)(telling)
    yield from until_when(telling)
    yield from still_open(telling)
