"""The form of a service: what its seller wrote, read into what the API takes, and shown again with
what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import to_json

from api.pages.amounts import NotANumber, TooExact, length_of, minor_units
from api.pages.field_errors import said_of
from api.pages.fields import MISSING, NOT_A_NUMBER, TOO_EXACT, TOO_LONG, Kind, Shape, Wrong
from api.pages.forms import Form
from api.pages.written_values import USUAL, amount_written, length_written
from api.schemas.service_changes import ServiceChange
from api.schemas.services import MAX_EXTRAS, MAX_REVISIONS, NewService, ServiceView
from domain.currencies import is_known
from domain.money import MAX_AMOUNT, Money, shares
from domain.text import MAX_TEXT, MAX_TITLE
from texts.catalogue import Language, msg
from texts.formatter import Formatter

PLAIN = ("title", "description", "price", "currency", "revisions_included")
TIMES = ("delivery_time", "revision_time")
OF_AN_EXTRA = ("extra_id", "extra_title", "extra_price", "extra_time", "extra_time_unit")

KINDS: dict[str, tuple[Kind, int | None]] = {
    "title": (Kind.LINE, MAX_TITLE),
    "description": (Kind.TEXTAREA, MAX_TEXT),
    "price": (Kind.MONEY, None),
    "delivery_time": (Kind.DURATION, None),
    "revision_time": (Kind.DURATION, None),
    "extra_title": (Kind.LINE, MAX_TITLE),
    "extra_price": (Kind.MONEY, None),
    "extra_time": (Kind.DURATION, None),
}
Model = TypeVar("Model", NewService, ServiceChange)
_MODEL_NAMES = {"title": "extra_title", "price": "extra_price", "delivery_time": "extra_time"}

REVISIONS = msg("Please write a whole number up to %(most)s, or nothing for any number of them.")
EXTRAS = msg("A service has up to %(most)s extras, each once.")


@dataclass(frozen=True)
class WrittenExtra:
    """An extra as it was written."""

    id: str = ""
    title: str = ""
    price: str = ""
    time: str = ""
    unit: str = "days"

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was written of it."""
        return not (self.title.strip() or self.price.strip() or self.time.strip())


@dataclass(frozen=True)
class WrittenService:
    """A service as it was written, and what is wrong with which field."""

    values: Mapping[str, str]
    extras: Sequence[WrittenExtra] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        """Return in what it is priced."""
        return self.values["currency"]

    def wrong(self, name: str, at: int | None = None) -> str:
        """Return what is wrong with a field, or with that of an extra."""
        return self.errors.get(name if at is None else f"{name}-{at}", "")

    @property
    def summary(self) -> list[dict[str, str]]:
        """Return all that is wrong, each with the end of the id of its field."""
        return [{"name": _end_of_id(name), "text": said} for name, said in self.errors.items()]


def _end_of_id(name: str) -> str:
    field_name, _, at = name.partition("-")
    return f"{at}-{field_name}" if at else field_name


class Unusable(ValueError):
    """A form of which no service can be made; `written` says what is wrong with it."""

    def __init__(self, written: WrittenService) -> None:
        super().__init__(f"{len(written.errors)} fields")
        self.written = written


def blank(currency: str = USUAL[0]) -> WrittenService:
    """Return the form of a new service."""
    return WrittenService({"currency": currency, "delivery_time_unit": "days"})


def of_service(view: ServiceView, language: Language) -> WrittenService:
    """Return the form of a service as it is."""
    values = {
        "title": view.title,
        "description": view.description or "",
        "price": amount_written(view.price, language),
        "currency": view.price.currency,
        "revisions_included": _number_written(view.revisions_included),
    }
    for name in TIMES:
        values[name], values[f"{name}_unit"] = length_written(getattr(view, name), language)
    extras = [
        WrittenExtra(
            str(extra.id),
            extra.title,
            amount_written(extra.price, language),
            *length_written(extra.delivery_time, language),
        )
        for extra in view.extras
    ]
    return WrittenService(values, extras)


def written(form: Form) -> WrittenService:
    """Return what was sent. `more` asks for another extra, `drop` takes one away."""
    names = (*PLAIN, *TIMES, *(f"{name}_unit" for name in TIMES))
    values = {name: form.get(name, "") for name in names}
    if not is_known(values["currency"]):
        values["currency"] = USUAL[0]
    columns = [form.all(name) for name in OF_AN_EXTRA]
    extras = [WrittenExtra(*one) for one in zip(*columns, strict=False)]
    if (dropped := form.get("drop", "")).isascii() and dropped.isdecimal():
        extras = [one for at, one in enumerate(extras) if at != int(dropped[:4])]
    if "more" in form and len(extras) < MAX_EXTRAS:
        extras.append(WrittenExtra())
    return WrittenService(values, extras)


def new_service(one: WrittenService, formatter: Formatter) -> NewService:
    """Read a service to offer.

    Raises:
        Unusable: it names every field that is wrong.
    """
    return _read(one, formatter, NewService, None)


def changed_service(
    one: WrittenService, before: ServiceView, formatter: Formatter
) -> ServiceChange:
    """Read how a service is to be from now on. A length of time that stands as it was shown is what
    it was, to the second.

    Raises:
        Unusable: it names every field that is wrong.
    """
    return _read(one, formatter, ServiceChange, before)


def receives(one: WrittenService, commission_bps: int) -> Money | None:
    """Return what the seller would be paid of the price that is written; None where it is none."""
    try:
        amount = minor_units(one.values.get("price", ""), one.currency)
    except (NotANumber, TooExact):
        return None
    if not 0 < amount <= MAX_AMOUNT:
        return None
    paid = shares(amount, 0, commission_bps).paid_to_seller
    return Money(amount=paid, currency=one.currency)


def _read(
    one: WrittenService, formatter: Formatter, model: type[Model], before: ServiceView | None
) -> Model:
    reading = _Reading(one, formatter, before)
    document = reading.document()
    if before is None:
        for extra in document["extras"]:
            extra.pop("id", None)
    try:
        found = model.model_validate_json(to_json(document))
    except ValidationError as error:
        reading.note(error)
    else:
        if not reading.errors:
            return found
    raise Unusable(replace(one, errors=reading.errors))


class _Reading:
    """Fields on their way into a document, and what is wrong with them."""

    def __init__(
        self, one: WrittenService, formatter: Formatter, before: ServiceView | None
    ) -> None:
        self.one, self.formatter, self.errors = one, formatter, dict[str, str]()
        language = formatter.language
        # What stands as it was shown is what it was, also where that cannot be written exactly.
        self._kept = {
            length_written(length, language): length
            for length in (_lengths(before) if before else ())
        }
        self._places: list[int] = []

    def document(self) -> dict[str, Any]:
        """Return all that can be read, as the API takes it."""
        values = self.one.values
        found: dict[str, Any] = {
            "title": self._text("title", values["title"]),
            "description": values["description"].strip() or None,
            "price": self._price("price", values["price"]),
            "delivery_time": self._time("delivery_time", values),
            "revision_time": self._time("revision_time", values, is_optional=True),
            "revisions_included": self._revisions(values["revisions_included"]),
            "extras": [],
        }
        for at, extra in enumerate(self.one.extras):
            if not extra.is_blank:
                self._places.append(at)
                found["extras"].append(self._extra(at, extra))
        return found

    def _extra(self, at: int, extra: WrittenExtra) -> dict[str, Any]:
        times = {"extra_time": extra.time, "extra_time_unit": extra.unit}
        found = {
            "title": self._text(f"extra_title-{at}", extra.title),
            "price": self._price(f"extra_price-{at}", extra.price),
            "delivery_time": self._time("extra_time", times, f"extra_time-{at}"),
        }
        return found | ({"id": extra.id} if extra.id else {})

    def _text(self, name: str, text: str) -> str | None:
        if not text.strip():
            self._wrong(name, MISSING)
        return text

    def _price(self, name: str, text: str) -> dict[str, Any] | None:
        if not text.strip():
            self._wrong(name, MISSING)
            return None
        try:
            return {"amount": minor_units(text, self.one.currency), "currency": self.one.currency}
        except TooExact:
            self._wrong(name, TOO_EXACT)
        except NotANumber:
            self._wrong(name, NOT_A_NUMBER)
        return None

    def _time(
        self, name: str, values: Mapping[str, str], called: str = "", *, is_optional: bool = False
    ) -> str | timedelta | None:
        text, unit, called = values[name].strip(), values[f"{name}_unit"], called or name
        if not text:
            if not is_optional:
                self._wrong(called, MISSING)
            return None
        try:
            length = self._kept.get((text, unit)) or length_of(text, unit)
        except TooExact:
            self._wrong(called, TOO_EXACT)
        except OverflowError:
            self._wrong(called, TOO_LONG)
        except NotANumber:
            self._wrong(called, NOT_A_NUMBER)
        else:
            return f"PT{max(int(length.total_seconds()), 0)}S"
        return None

    def _revisions(self, text: str) -> int | None:
        bare = text.strip()
        if not bare:
            return None
        if bare.isascii() and bare.isdecimal() and len(bare) < 10:
            return int(bare)
        self.errors["revisions_included"] = self._revisions_said()
        return None

    def _revisions_said(self) -> str:
        return self.formatter.say(REVISIONS, {"most": self.formatter.number(MAX_REVISIONS)})

    def _wrong(self, name: str, kind: str) -> None:
        kind_of, limit = KINDS[name.partition("-")[0]]
        shape = Shape(name, kind_of, is_optional=False, limit=limit)
        said = said_of(shape, Wrong(name, kind), self.formatter, self.one.currency)
        self.errors.setdefault(name, said)

    def note(self, error: ValidationError) -> None:
        """Note what the API's own model says. What follows from what is wrong already is left
        out."""
        for one in error.errors():
            name = self._called(one["loc"])
            kind = str(one["msg"]).removeprefix("Value error, ")
            if name in self.errors:
                continue
            if name == "revisions_included":
                self.errors[name] = self._revisions_said()
            elif name.partition("-")[0] in KINDS:
                self._wrong(name, kind if one["type"] == "value_error" else str(one["type"]))
            elif not self.errors:
                most = {"most": self.formatter.number(MAX_EXTRAS)}
                self.errors["extras"] = self.formatter.say(EXTRAS, most)

    def _called(self, loc: tuple[int | str, ...]) -> str:
        if len(loc) >= 3 and loc[0] == "extras" and loc[2] in _MODEL_NAMES:
            return f"{_MODEL_NAMES[str(loc[2])]}-{self._places[int(loc[1])]}"
        return str(loc[0]) if loc else ""


def _lengths(view: ServiceView) -> Iterator[timedelta]:
    yield from (view.delivery_time, view.revision_time)
    yield from (extra.delivery_time for extra in view.extras)


def _number_written(number: int | None) -> str:
    return "" if number is None else str(number)
