"""Which deeds of those who operate are looked for, by the query string of the journal's page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import ClassVar

from pydantic import TypeAdapter
from starlette.datastructures import QueryParams

from api.pages.console.deed_words import CALLED
from api.pages.console.list_query import ListQuery
from api.pages.console.order_query import Chip, read_day, read_one
from api.pages.reader import Reader
from api.problems import invalid
from db.operator_journal import WantedDeeds
from domain.identifiers import Identifier
from texts.catalogue import msg

PAGE = "/console/journal"
_ID: TypeAdapter[str] = TypeAdapter(Identifier)


@dataclass(frozen=True)
class JournalQuery(ListQuery):
    """What is looked for; empty: anything. The day is in UTC, and the first one."""

    place: ClassVar[str] = PAGE

    by: str = ""
    person: str = ""
    deed: str = ""
    on: str = ""
    since: date | None = None

    @property
    def wanted(self) -> WantedDeeds:
        """Return it as the database looks for it."""
        return WantedDeeds(
            by_id=self.by or None,
            deed=self.deed or None,
            subject_id=self.on or None,
            user_id=self.person or None,
            since=self._midnight() if self.since else None,
        )

    def chips(self, reader: Reader) -> list[Chip]:
        """Return what the list is filtered by."""
        return [Chip(text, self.address(None, **{name: None})) for name, text in self._said(reader)]

    def _said(self, reader: Reader) -> Iterator[tuple[str, str]]:
        say = reader.formatter.say
        if self.by:
            yield "by", say(msg("by %(person)s"), {"person": self.by})
        if self.person:
            yield "person", say(msg("about %(person)s"), {"person": self.person})
        if self.deed:
            yield "deed", say(CALLED[self.deed])
        if self.on:
            yield "on", say(msg("to %(what)s"), {"what": self.on})
        if self.since:
            yield "since", say(msg("from %(day)s"), {"day": reader.formatter.day(self._midnight())})

    def _midnight(self) -> datetime:
        return datetime.combine(self.since or date.min, time(), UTC)


def read_journal(given: QueryParams) -> JournalQuery:
    """Return what is looked for. A field that is left empty is not asked.

    Raises:
        Problem: something cannot be looked for (422).
    """
    deed = given.get("deed", "")
    if deed and deed not in CALLED:
        raise invalid("query.deed", f"must be one of: {', '.join(CALLED)}")
    return JournalQuery(
        by=_id("by", given),
        person=_id("person", given),
        deed=deed,
        on=_id("on", given),
        since=read_day("since", given.get("since", "")),
    )


def _id(name: str, given: QueryParams) -> str:
    return read_one(name, given.get(name, "").strip(), _ID) or ""
