"""The form of an action, made from its fields by their types, and read back into them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import EnumType, StrEnum
from functools import cache
from typing import Any, NoReturn, get_args, get_type_hints

from pydantic import ValidationError
from pydantic_core import to_json

from api.pages.amounts import NotANumber, TooExact, length_of, minor_units
from api.pages.forms import Form
from domain.actions import FIELDS, STORED, Fields, PositiveMoney
from domain.duration import Duration
from domain.identifiers import Identifier, MadeIdentifier
from domain.text import MAX_TEXT, MAX_TITLE, Links, Text, Title
from domain.vocabulary import Action, Role, Ruling

MEDIATOR_ID, REASON = "mediator_id", "reason"
MISSING, NOT_A_NUMBER, TOO_EXACT, TOO_LONG = "missing", "not_a_number", "too_exact", "too_long"
"""What is wrong with a field beside what its model says."""


class Kind(StrEnum):
    """How a field is asked for."""

    TEXTAREA = "textarea"
    LINE = "line"
    PERSON = "person"
    MONEY = "money"
    DURATION = "duration"
    CHOICE = "choice"
    LINKS = "links"
    HIDDEN = "hidden"
    """By the thing that the action stands on."""


@dataclass(frozen=True)
class Shape:
    """A field of a form. `options` are the ways of a choice, `limit` the most characters; `only`
    names the choice, and of its ways the one, with which the field goes."""

    name: str
    kind: Kind
    is_optional: bool
    options: tuple[StrEnum, ...] = ()
    limit: int | None = None
    only: tuple[str, StrEnum] | None = None

    @property
    def is_text(self) -> bool:
        """Return whether it is for people to read, and decides nothing."""
        return self.kind in (Kind.TEXTAREA, Kind.LINE, Kind.LINKS)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a field: a kind of pydantic's or of ours, or the words of our own
    validators."""

    field: str
    kind: str


class Unreadable(ValueError):
    """A form that does not say what its action needs."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__(f"{len(wrong)} fields")
        self.wrong = wrong


_ONLY: dict[tuple[Action, str], tuple[str, StrEnum]] = {
    (Action.RESOLVE, "refund"): ("outcome", Ruling.SPLIT),
    (Action.RESOLVE, "delivery_time"): ("outcome", Ruling.RESTART),
}
"""What `Resolve` takes with one outcome and with no other."""

# Types in brackets cannot be keys: what pydantic knows of them is not hashable.
_KINDS: tuple[tuple[Any, Kind, int | None], ...] = (
    (Text, Kind.TEXTAREA, MAX_TEXT),
    (Title, Kind.LINE, MAX_TITLE),
    (PositiveMoney, Kind.MONEY, None),
    (Duration, Kind.DURATION, None),
    (Links, Kind.LINKS, None),
    (Identifier, Kind.HIDDEN, None),
    (MadeIdentifier, Kind.HIDDEN, None),
)


@cache
def shapes(action: Action, role: Role) -> tuple[Shape, ...]:
    """Return the fields of an action's form, as somebody in this role fills it in. A mediator takes
    a case for themself, and names nobody; who operates says why they do something.

    Raises:
        LookupError: a field has a type that no form can ask for yet.
    """
    hints = get_type_hints(FIELDS[action], include_extras=True)
    return tuple(
        _shape(action, role, name, hints[name])
        for name in FIELDS[action].model_fields
        if name != MEDIATOR_ID or role is Role.OPERATOR
    )


def _shape(action: Action, role: Role, name: str, hint: Any) -> Shape:
    # Who hands a case over has to name somebody, though the model leaves it open for who takes it;
    # and programs that cancel have never had to say why.
    asked = name == MEDIATOR_ID or (name == REASON and role is Role.OPERATOR)
    required = asked or FIELDS[action].model_fields[name].is_required()
    bare, only = _bare(hint), _ONLY.get((action, name))
    if isinstance(bare, EnumType):
        return Shape(name, Kind.CHOICE, not required, tuple(bare), only=only)
    kind, limit = _kind(bare, name)
    return Shape(name, kind, not required and only is None, (), limit, only)


def _bare(hint: Any) -> Any:
    """Return a type without the None beside it."""
    either = get_args(hint)
    return either[0] if either[-1:] == (type(None),) else hint


def _kind(bare: Any, name: str) -> tuple[Kind, int | None]:
    if name == MEDIATOR_ID:
        return Kind.PERSON, None
    for known, kind, limit in _KINDS:
        if bare == known:
            return kind, limit
    raise LookupError(f"no form asks for {name}: {bare}")


def asks_nothing(action: Action, role: Role) -> bool:
    """Return whether there is nothing to fill in."""
    return all(shape.kind is Kind.HIDDEN for shape in shapes(action, role))


def read(
    action: Action, role: Role, form: Mapping[str, str], currency: str, *, silent: bool = False
) -> Fields:
    """Read an action's fields from what was written; `silent`: while somebody still writes, for
    what it would do, with `STORED` for the texts that it needs.

    Raises:
        Unreadable: it names every field that is wrong.
    """
    values: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for shape in shapes(action, role):
        if not _goes(shape, form):
            continue
        try:
            value = _READ[shape.kind](shape, form, currency)
        except _Unread as error:
            wrong.append(Wrong(shape.name, error.kind))
            continue
        if value is None and silent and shape.is_text and not shape.is_optional:
            value = STORED
        if value is not None:
            values[shape.name] = value
        elif not shape.is_optional:
            wrong.append(Wrong(shape.name, MISSING))
    return _validated(action, values, wrong)


def _validated(action: Action, values: dict[str, Any], wrong: list[Wrong]) -> Fields:
    # What the model says of the whole follows from what is wrong with a field already.
    asked = {one.field for one in wrong} | ({""} if wrong else set())
    try:
        found = FIELDS[action].model_validate_json(to_json(values))
    except ValidationError as error:
        wrong += [one for one in map(of_model, error.errors()) if one.field not in asked]
    else:
        if not wrong:
            return found
    names = ["", *FIELDS[action].model_fields]
    raise Unreadable(sorted(dict.fromkeys(wrong), key=lambda one: names.index(one.field)))


def of_model(error: Any) -> Wrong:
    """Return what a model says, by the words of our own validators and else by its kind."""
    field = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "value_error":
        return Wrong(field, str(error["msg"]).removeprefix("Value error, "))
    return Wrong(field, str(error["type"]))


def _goes(shape: Shape, form: Mapping[str, str]) -> bool:
    return shape.only is None or form.get(shape.only[0]) == shape.only[1].value


class _Unread(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def _one(shape: Shape, form: Mapping[str, str], _currency: str) -> str | None:
    return form.get(shape.name, "").strip() or None


def _money(shape: Shape, form: Mapping[str, str], currency: str) -> dict[str, Any] | None:
    text = _one(shape, form, currency)
    if text is None:
        return None
    amount = _number(lambda: minor_units(text, currency))
    return {"amount": amount, "currency": currency}


def _duration(shape: Shape, form: Mapping[str, str], currency: str) -> str | None:
    text = _one(shape, form, currency)
    if text is None:
        return None
    unit = form.get(f"{shape.name}_unit", "")
    seconds = _number(lambda: int(length_of(text, unit).total_seconds()))
    return f"PT{max(seconds, 0)}S"


def _number(reading: Callable[[], int]) -> int:
    try:
        return reading()
    except TooExact:
        _unread(TOO_EXACT)
    except OverflowError:
        _unread(TOO_LONG)
    except NotANumber:
        _unread(NOT_A_NUMBER)


def _unread(kind: str) -> NoReturn:
    raise _Unread(kind) from None


def _links(shape: Shape, form: Mapping[str, str], _currency: str) -> list[str] | None:
    written = form.all(shape.name) if isinstance(form, Form) else [form.get(shape.name, "")]
    return [one for one in written if one.strip()] or None


_READ: dict[Kind, Callable[[Shape, Mapping[str, str], str], Any]] = {
    Kind.TEXTAREA: _one,
    Kind.LINE: _one,
    Kind.PERSON: _one,
    Kind.CHOICE: _one,
    Kind.HIDDEN: _one,
    Kind.MONEY: _money,
    Kind.DURATION: _duration,
    Kind.LINKS: _links,
}
