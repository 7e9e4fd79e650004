"""Which transfers an operator looks for, by the query string of their page."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import TypeAdapter
from starlette.datastructures import QueryParams

from api import render
from api.pages.console.list_query import ListQuery
from api.pages.console.order_query import Chip, read_one
from api.pages.console.words import TRANSFERS
from api.pages.reader import Reader
from api.problems import invalid
from api.schemas.ledger import Reference
from db.transfers import Transfer, Wanted
from domain.identifiers import Identifier
from domain.ledger import PostingKind
from texts.catalogue import msg

PAGE = "/console/transfers"
_PERSON: TypeAdapter[str] = TypeAdapter(Identifier)
_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)


@dataclass(frozen=True)
class TransferQuery(ListQuery):
    """What is looked for; empty: anything."""

    place: ClassVar[str] = PAGE

    person: str = ""
    kind: str = ""
    reference: str = ""

    @property
    def wanted(self) -> Wanted:
        """Return it as the database looks for it."""
        return Wanted(self.person or None, self.kind or None, self.reference or None)

    def chips(self, reader: Reader) -> list[Chip]:
        """Return what the list is filtered by."""
        say, found = reader.formatter.say, list[Chip]()
        if self.person:
            text = say(msg("of %(person)s"), {"person": self.person})
            found.append(Chip(text, self.address(person=None)))
        if self.kind:
            found.append(Chip(say(TRANSFERS[PostingKind(self.kind)]), self.address(kind=None)))
        if self.reference:
            found.append(
                Chip(reader.formatter.quoted(self.reference), self.address(reference=None))
            )
        return found


def read_transfers(given: QueryParams) -> TransferQuery:
    """Return what is looked for.

    Raises:
        Problem: something cannot be looked for (422).
    """
    kind = given.get("kind", "")
    if kind and kind not in TRANSFERS:
        raise invalid("query.kind", f"must be one of: {', '.join(TRANSFERS)}")
    return TransferQuery(
        person=read_one("person", given.get("person", "").strip(), _PERSON) or "",
        kind=kind,
        reference=read_one("reference", given.get("reference", "").strip(), _REFERENCE) or "",
    )


def readable(row: Transfer) -> Transfer:
    """Return a transfer that a list can show.

    Raises:
        Spoiled: nothing can be made of it.
    """
    render.transfer(row)
    return row
