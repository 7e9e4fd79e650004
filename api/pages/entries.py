"""The fields of an action's form as they are drawn: with their names, what was written, and what is
wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.pages.amounts import sign_of
from api.pages.field_words import FIELD_WORDS, OPTIONS, UNITS
from api.pages.fields import Kind, Shape
from api.pages.forms import Form
from api.pages.who_gets import named
from domain.currencies import decimals
from domain.vocabulary import Action, Role
from texts.catalogue import msg
from texts.reader_context import ReaderContext

REFUND = "refund"
"""The money of an order that is shared: the field that has a calculator."""

LEAST_LINKS = 3
PROPOSED = msg("%(who)s: %(amount)s")


@dataclass(frozen=True)
class Option:
    """One way of a choice, or a unit."""

    value: str
    label: str
    line: str = ""


@dataclass(frozen=True)
class Mark:
    """What somebody has proposed, on the scale of a split; `at` is how far, in per cent."""

    whose: str
    at: float
    label: str
    amount: str


@dataclass(frozen=True)
class Scale:
    """What can be shared, in minor units, and how its amounts are written."""

    total: int
    places: int
    decimal: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Entry:
    """A field as it is drawn."""

    name: str
    kind: Kind
    label: str
    hint: str
    error: str
    is_optional: bool
    is_required: bool
    """A browser lets nobody go on without it. What goes with another choice is neither."""

    goes_with: str
    """The way of a choice with which it goes; nothing where it goes with all."""

    is_left_out: bool
    """It goes with another choice than the one that was made."""

    limit: int | None
    value: str
    values: tuple[str, ...]
    unit: str
    units: tuple[Option, ...]
    options: tuple[Option, ...]
    sign: str
    scale: Scale | None


def entries(
    shapes: tuple[Shape, ...],
    action: Action,
    form: Form,
    told: ReaderContext,
    wrong: Callable[[str], str],
    more: int,
) -> tuple[Entry, ...]:
    """Return the fields of a form that people fill in, with what was written in them; `more` is how
    many more links there is room for."""
    seen = (shape for shape in shapes if shape.kind is not Kind.HIDDEN)
    return tuple(_entry(shape, action, form, told, wrong(shape.name), more) for shape in seen)


def _entry(
    shape: Shape, action: Action, form: Form, told: ReaderContext, error: str, more: int
) -> Entry:
    words = FIELD_WORDS[action, shape.name]
    currency = told.order.currency
    return Entry(
        name=shape.name,
        kind=shape.kind,
        label=told.say(words.label),
        hint=told.say(words.hint) if words.hint else "",
        error=error,
        is_optional=shape.is_optional and shape.only is None,
        is_required=not shape.is_optional and shape.only is None,
        goes_with=shape.only[1].value if shape.only else "",
        is_left_out=_is_left_out(shape, form),
        limit=shape.limit,
        value=form.get(shape.name, ""),
        values=_links(form.all(shape.name), more),
        unit=form.get(f"{shape.name}_unit", next(iter(UNITS))),
        units=tuple(Option(value, told.say(label)) for value, label in UNITS.items()),
        options=tuple(_option(told, one) for one in shape.options),
        sign=sign_of(currency, told.formatter.language),
        scale=_scale(told) if (shape.kind, shape.name) == (Kind.MONEY, REFUND) else None,
    )


def _is_left_out(shape: Shape, form: Mapping[str, str]) -> bool:
    return shape.only is not None and form.get(shape.only[0]) != shape.only[1].value


def _links(written: list[str], more: int) -> tuple[str, ...]:
    filled = [one for one in written if one.strip()]
    room = max(LEAST_LINKS, len(filled), len(written)) + more
    return tuple(filled + [""] * (room - len(filled)))


def _option(told: ReaderContext, one: StrEnum) -> Option:
    words = OPTIONS[one]
    return Option(str(one), told.say(words.label), told.say(words.hint or ""))


def _scale(told: ReaderContext) -> Scale:
    order = told.order
    marks = tuple(
        Mark(
            whose="buyer" if one.proposed_by.role is Role.BUYER else "seller",
            at=100 * one.refund / order.total,
            label=told.say(
                PROPOSED, who=named(told, one.proposed_by.role), amount=told.money(one.refund)
            ),
            amount=told.money(one.refund),
        )
        for one in order.settlements
        if one.proposed_by != told.reader
    )
    written = told.formatter.money(11, order.currency)  # 0.11: whose decimal mark is the language's
    return Scale(order.total, decimals(order.currency), "," if "," in written else ".", marks)
