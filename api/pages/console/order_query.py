"""Which orders an operator looks for, by the query string of the list's page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from api.pages.console.columns import USUAL, Column, chosen
from api.pages.console.words import NEEDS, PAYMENTS, Payment
from api.pages.reader import Reader
from api.problems import invalid
from db.needs import Need
from db.order_search import Sought
from domain.identifiers import Identifier
from domain.text import MAX_TITLE, seen, without_nul
from domain.vocabulary import State
from texts.catalogue import msg
from texts.labels import STATES

PAGE = "/console/orders"
BY_CHANGE = "changed"

_WORDS: TypeAdapter[str] = TypeAdapter(
    Annotated[
        str,
        StringConstraints(max_length=MAX_TITLE),
        AfterValidator(without_nul),
        AfterValidator(seen),
    ]
)
_PERSON: TypeAdapter[str] = TypeAdapter(Identifier)
_DAY: TypeAdapter[date] = TypeAdapter(date)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Chip:
    """Something that is filtered by, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True)
class OrderQuery:
    """What is looked for, and what is shown of it; days are UTC, the last one included."""

    q: str = ""
    person: str = ""
    states: tuple[State, ...] = ()
    needs: tuple[Need, ...] = ()
    payments: tuple[Payment, ...] = ()
    first: date | None = None
    last: date | None = None
    sort: str = ""
    columns: tuple[Column, ...] = USUAL

    @property
    def is_arranged(self) -> bool:
        """Return whether other columns were chosen than the usual ones."""
        return self.columns != USUAL

    @property
    def sought(self) -> Sought:
        """Return it as the search takes it."""
        return Sought(
            party=self.person or None,
            states=self.states,
            updated_since=_FIRST if self.sort == BY_CHANGE else None,
            text=self.q or None,
            needs=self.needs,
            is_frozen=Payment.DISPUTED in self.payments,
            deadline_from=_midnight(self.first) if self.first else None,
            deadline_before=_midnight(date.fromordinal(self.last.toordinal() + 1))
            if self.last
            else None,
        )

    def address(self, page: str = PAGE, **instead: Any) -> str:
        """Return the address of the list, with some of it otherwise; None leaves it out."""
        pairs = [(name, value) for name, value in self._pairs() if name not in instead]
        pairs += [(name, value) for name, value in instead.items() if value is not None]
        return f"{page}?{urlencode(pairs)}" if pairs else page

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name, value in (("q", self.q), ("person", self.person), ("sort", self.sort)):
            if value:
                yield name, value
        yield from (("state", one.value) for one in self.states)
        yield from (("need", one.value) for one in self.needs)
        yield from (("payment", one.value) for one in self.payments)
        for name, day in (("from", self.first), ("to", self.last)):
            if day:
                yield name, day.isoformat()
        if self.is_arranged:
            yield from (("column", one.value) for one in self.columns)

    def chips(self, reader: Reader) -> list[Chip]:
        """Return what the list is filtered by."""
        say, found = reader.formatter.say, list[Chip]()
        if self.q:
            found.append(Chip(reader.formatter.quoted(self.q), self.address(q=None)))
        if self.person:
            text = say(msg("of %(person)s"), {"person": self.person})
            found.append(Chip(text, self.address(person=None)))
        for name, labels, values in self._choices():
            if values:
                text = ", ".join(say(labels[one]) for one in values)
                found.append(Chip(text, self.address(PAGE, **{name: None})))
        for name, words, day in (
            ("from", msg("deadline from %(day)s"), self.first),
            ("to", msg("deadline until %(day)s"), self.last),
        ):
            if day:
                text = say(words, {"day": reader.formatter.day(_midnight(day))})
                found.append(Chip(text, self.address(PAGE, **{name: None})))
        return found

    def _choices(self) -> Iterator[tuple[str, Mapping[Any, str], Sequence[Any]]]:
        yield "state", STATES, self.states
        yield "need", NEEDS, self.needs
        yield "payment", PAYMENTS, self.payments


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def read_query(given: QueryParams) -> OrderQuery:
    """Return what is looked for. A field that is left empty is not asked.

    Raises:
        Problem: something cannot be looked for (422).
    """
    return OrderQuery(
        q=read_one("q", given.get("q", "").strip(), _WORDS) or "",
        person=read_one("person", given.get("person", "").strip(), _PERSON) or "",
        states=tuple(_each("state", given.getlist("state"), State)),
        needs=tuple(_each("need", given.getlist("need"), Need)),
        payments=tuple(_each("payment", given.getlist("payment"), Payment)),
        first=read_day("from", given.get("from", "")),
        last=read_day("to", given.get("to", "")),
        sort=BY_CHANGE if given.get("sort") == BY_CHANGE else "",
        columns=chosen(_each("column", given.getlist("column"), Column)),
    )


def read_one(name: str, text: str, kind: TypeAdapter[Kind]) -> Kind | None:
    """Return a value of a query; None where nothing is written.

    Raises:
        Problem: nothing can be looked for by it (422).
    """
    if not text:
        return None
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        raise invalid(f"query.{name}", str(error.errors()[0]["msg"])) from None


def read_day(name: str, text: str) -> date | None:
    """Return a day of a query; None where none is written.

    Raises:
        Problem: it is none that can be looked for (422).
    """
    day = read_one(name, text, _DAY)
    if day is not None and not 1970 <= day.year <= 9000:
        raise invalid(f"query.{name}", "must be a day between the years 1970 and 9000")
    return day


def _each(name: str, given: list[str], kind: Any) -> Iterator[Any]:
    for one in dict.fromkeys(filter(None, given)):
        try:
            yield kind(one)
        except ValueError:
            raise invalid(f"query.{name}", f"must be one of: {', '.join(kind)}") from None
