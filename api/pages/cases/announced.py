"""What both sides will read of a ruling: the same words that they are sent, with the reasons."""

from dataclasses import dataclass, replace

from api.pages.cases.standing import called
from api.pages.order_reader import COLOURS
from api.pages.standing import Standing
from domain.actions import Fields
from domain.order import Actor
from domain.step import Step
from domain.vocabulary import Action, Role
from texts.notices import notice

REQUEST = "request"


@dataclass(frozen=True)
class Announced:
    """What one side will read, in the language of whoever decides."""

    whose: str
    name: str
    title: str
    paragraphs: tuple[str, ...]


def announced(found: Standing, fields: Fields) -> tuple[Announced, ...]:
    """Return what the buyer and the seller will read of a ruling; nothing where it is refused."""
    step = found.verdict(Action.RESOLVE, fields)
    if not isinstance(step, Step):
        return ()
    parties = ((Role.BUYER, step.order.buyer_id), (Role.SELLER, step.order.seller_id))
    return tuple(_announced(found, fields, step, Actor(id=one, role=role)) for role, one in parties)


def _announced(found: Standing, fields: Fields, step: Step, to: Actor) -> Announced:
    asked = {**found.row.words.requests, REQUEST: fields.model_dump(mode="json")}
    words = replace(found.row.words, requests=asked, step_request=REQUEST)
    formatter = found.reader.formatter
    text = notice(step.event, to, step.order, words, formatter.language, formatter.time_zone)
    name = called(to.role, words, formatter)
    return Announced(COLOURS[to.role], name, text.title, text.paragraphs)
