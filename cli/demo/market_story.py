"""What happens in the demonstration's marketplace, in the order of time."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from cli.stories.story import PLACE, ServiceSold
from domain.vocabulary import Code
from texts.demo_people import PEOPLE

MARKET = Path(__file__).with_name("market.yaml")
ENTER, OFFER_SERVICE = "enter", "offer_service"

_AT = re.compile(r"(\d{1,3}) (\d\d):(\d\d)")
_OF_A_DEED = {"at", "refused"}


def _since_the_beginning(value: Any) -> timedelta:
    found = _AT.fullmatch(str(value))
    if found is None:
        raise ValueError("must be a day and a time of day, such as 3 09:40")
    days, hours, minutes = map(int, found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


At = Annotated[timedelta, BeforeValidator(_since_the_beginning)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Deed(_Part):
    """What somebody does at an instant; `refused` where the product is to say no."""

    at: At
    who: str
    does: str
    order: str | None = None
    refused: Code | None = None
    fields: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _who_does_what(cls, value: Any) -> Any:
        """Read `ana: accept` as stories have it: whoever is named first acts."""
        if not isinstance(value, Mapping) or "who" in value:
            return value
        people = {person.id for person in PEOPLE}
        who = next((name for name in value if name in people), None)
        kept = {name: said for name, said in value.items() if name in _OF_A_DEED}
        rest = {name: said for name, said in value.items() if name not in {*_OF_A_DEED, who}}
        return kept if who is None else {**kept, "who": who, "does": value[who], "fields": rest}


class _MarketOrder(_Part):
    service: str
    buyer: str
    placed: At
    brief: str
    extras: Sequence[str] = ()
    life: Sequence[Deed]


class Market(_Part):
    """The whole marketplace; its instants are counted from the beginning."""

    ends: At
    services: dict[str, ServiceSold]
    besides: Sequence[Deed]
    orders: dict[str, _MarketOrder]

    def deeds(self) -> list[Deed]:
        """Return everything that is done, in the order of time."""
        return [*self._set_up(), *sorted([*self.besides, *self._lives()], key=lambda one: one.at)]

    def _set_up(self) -> Iterator[Deed]:
        for person in PEOPLE:
            yield Deed.model_construct(at=timedelta(), who=person.id, does=ENTER)
        for name, sold in self.services.items():
            offered = {"service": name}
            yield Deed.model_construct(
                at=timedelta(), who=sold.seller, does=OFFER_SERVICE, fields=offered
            )

    def _lives(self) -> Iterator[Deed]:
        for name, order in self.orders.items():
            yield Deed.model_construct(at=order.placed, who=order.buyer, does=PLACE, order=name)
            yield from (deed.model_copy(update={"order": name}) for deed in order.life)


def read_market() -> tuple[Market, str]:
    """Return the marketplace, and what tells this version of it from another."""
    text = MARKET.read_bytes()
    return Market.model_validate(yaml.safe_load(text)), hashlib.sha256(text).hexdigest()[:16]
