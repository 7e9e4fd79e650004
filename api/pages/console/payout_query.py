"""Which payouts an operator looks for, by the query string of their page."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import TypeAdapter
from starlette.datastructures import QueryParams

from api.pages.console.list_query import ListQuery
from api.pages.console.order_query import Chip, read_one
from api.pages.payout_stage import STATES
from api.pages.reader import Reader
from api.problems import invalid
from db.payouts import WantedPayouts
from domain.identifiers import Identifier
from domain.payments import PayoutState
from texts.catalogue import msg

PAGE = "/console/payouts"
_PERSON: TypeAdapter[str] = TypeAdapter(Identifier)


@dataclass(frozen=True)
class PayoutQuery(ListQuery):
    """What is looked for; empty: anything."""

    place: ClassVar[str] = PAGE

    person: str = ""
    state: PayoutState | None = None

    @property
    def wanted(self) -> WantedPayouts:
        """Return it as the database looks for it."""
        return WantedPayouts(self.person or None, self.state)

    def chips(self, reader: Reader) -> list[Chip]:
        """Return what the list is filtered by."""
        say, found = reader.formatter.say, list[Chip]()
        if self.person:
            text = say(msg("of %(person)s"), {"person": self.person})
            found.append(Chip(text, self.address(person=None)))
        if self.state:
            found.append(Chip(say(STATES[self.state]), self.address(state=None)))
        return found


def read_payouts(given: QueryParams) -> PayoutQuery:
    """Return what is looked for.

    Raises:
        Problem: something cannot be looked for (422).
    """
    state = given.get("state", "")
    if state and state not in list(PayoutState):
        raise invalid("query.state", f"must be one of: {', '.join(PayoutState)}")
    return PayoutQuery(
        person=read_one("person", given.get("person", "").strip(), _PERSON) or "",
        state=PayoutState(state) if state else None,
    )
