"""The page of one action: its form, what it would do, and what went wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.acting import Offered, Thing, called, face_of, offered, things
from api.pages.actions import RULED, Tone
from api.pages.amounts import minor_units
from api.pages.cases.announced import Announced, announced
from api.pages.entries import Entry, entries
from api.pages.error_texts import error_page
from api.pages.field_errors import EMPTY, said_of
from api.pages.fields import Kind, Shape, Unreadable, asks_nothing, shapes
from api.pages.forms import KEY, SEEN, TOKEN, Form
from api.pages.latest_step import LatestStep
from api.pages.standing import Standing
from api.pages.who_gets import Part, if_shared, parts
from api.schemas.previews import PreviewView
from domain.actions import Fields, ProposeSettlement, Resolve
from domain.money import MAX_AMOUNT, Money
from domain.preview import PreviewAccount
from domain.vocabulary import Action, Code, Role
from texts.catalogue import msg
from texts.headline import headline
from texts.refusals import refusal_said

STEP, MORE = "step", "more"
OURS = (TOKEN, KEY, SEEN, STEP, MORE)
"""Fields of the page's own."""

LOOK_AGAIN = msg("Please look at what you wrote")
IF_CONFIRMED = msg("If you confirm")
IF_ACCEPTED = msg("If it is accepted")
SEE = msg("See what it does")
SEE_THE_SPLIT = msg("See the split")


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a field, or with the whole (an empty name)."""

    name: str
    text: str


@dataclass(frozen=True)
class Trouble:
    """Why something was not done, and what each field has to do with it."""

    code: Code
    status: int
    title: str
    complaints: tuple[Complaint, ...]

    def of(self, name: str) -> str:
        """Return what is wrong with a field; nothing where it is right."""
        return next((one.text for one in self.complaints if one.name == name), "")


@dataclass(frozen=True)
class Said:
    """Something that was written, as it is shown before it is confirmed."""

    label: str
    lines: tuple[str, ...]
    is_quote: bool


@dataclass(frozen=True)
class Foreseen:
    """What an action would do, and what its last button says."""

    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    confirm: str
    announced: tuple[Announced, ...] = ()
    """What both sides will read of a ruling."""


@dataclass(frozen=True)
class Panel:
    """What the page of an action shows. `hidden` goes on from step to step, `offered` is what is
    possible where this is not, `latest` who did what where the order is not as one thought."""

    action: Action
    label: str
    line: str
    title: str
    stands: str
    back: str
    address: str
    is_stop: bool
    is_possible: bool
    look: str
    entries: tuple[Entry, ...]
    hidden: tuple[tuple[str, str], ...]
    said: tuple[Said, ...]
    version: int
    trouble: Trouble | None = None
    foreseen: Foreseen | None = None
    offered: Offered | None = None
    latest: LatestStep | None = None


@dataclass(frozen=True)
class Sheet:
    """An action on an order as it stands, and what was written for it so far."""

    found: Standing
    action: Action
    form: Form

    @property
    def role(self) -> Role:
        """Return in which capacity it is done."""
        return self.found.role_for(self.action)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Return the fields of its form."""
        return shapes(self.action, self.role)

    @property
    def thing(self) -> Thing | None:
        """Return what it stands on: what the form names, or else the only one there is."""
        open_ = things(self.action, self.found.order, self.found.actor(self.role))
        asked = [one for one in open_ if self.form.get(one.field) == one.id]
        names = {one.field for one in open_}
        if asked or names & set(self.form):
            return next(iter(asked), None)
        return open_[0] if len(open_) == 1 else None

    @property
    def is_possible(self) -> bool:
        """Return whether it can be done now, as far as that is known before it is written."""
        lacks = any(shape.kind is Kind.HIDDEN for shape in self.shapes) and self.thing is None
        return self.found.able(self.action) is not None and not lacks

    @property
    def asks_nothing(self) -> bool:
        """Return whether there is nothing to fill in."""
        return asks_nothing(self.action, self.role)

    def with_its_thing(self) -> "Sheet":
        """Return the same with what it stands on written down."""
        if self.thing is None or self.thing.field in self.form:
            return self
        pair = (self.thing.field, self.thing.id)
        return Sheet(self.found, self.action, Form((*self.form.pairs, pair)))


def panel(
    sheet: Sheet, trouble: Trouble | None = None, foreseen: Foreseen | None = None, more: int = 0
) -> Panel:
    """Return what the page shows: the form with what was written, or, once it is `foreseen`, what
    is to be confirmed. `more` is how many more lines a list of links gets."""
    found, action, role = sheet.found, sheet.action, sheet.role
    told, face = found.told(role), face_of(action, role)
    label, line = called(found, action, sheet.thing)
    wrong = trouble.of if trouble else lambda _name: ""
    return Panel(
        action=action,
        label=label,
        line=line,
        title=found.row.words.title,
        stands=headline(told),
        back=found.address,
        address=f"{found.address}/actions/{action}",
        is_stop=face.tone is Tone.STOP,
        is_possible=sheet.is_possible,
        look=told.say(SEE_THE_SPLIT if _shares(sheet) else SEE),
        entries=entries(sheet.shapes, action, sheet.form, told, wrong, more),
        hidden=_hidden(sheet, everything=foreseen is not None),
        said=_said(sheet),
        version=found.row.order.version,
        trouble=trouble,
        foreseen=foreseen,
        offered=None if sheet.is_possible else offered(found),
    )


def foreseen(sheet: Sheet, fields: Fields, view: PreviewView) -> Foreseen:
    """Return what the page shows of a preview."""
    told = sheet.found.told(sheet.role)
    changes = {one.account: one.amount.amount for one in view.money}
    confirm = face_of(sheet.action, sheet.role).confirm
    if isinstance(fields, Resolve):
        confirm = RULED[fields.outcome]
    gets, title = parts(told, view.state, changes), IF_CONFIRMED
    if isinstance(fields, ProposeSettlement):  # nothing moves yet, and this is what it is about
        gets, title = if_shared(told, fields.refund.amount), IF_ACCEPTED
    return Foreseen(
        title=told.say(title),
        parts=gets,
        notes=tuple(view.notes),
        confirm=told.say(confirm, **_sums(sheet, fields, changes)),
        announced=announced(sheet.found, fields) if isinstance(fields, Resolve) else (),
    )


def _sums(sheet: Sheet, fields: Fields, changes: Mapping[PreviewAccount, int]) -> dict[str, str]:
    money = sheet.found.told(sheet.role).money
    buyer = changes.get(PreviewAccount.BUYER_WALLET, 0)
    named = {name: value for name, value in fields if isinstance(value, Money)}
    refund, price = named.get("refund"), named.get("price")
    return {
        "spent": money(-buyer),
        "back": money(buyer),
        "earned": money(changes.get(PreviewAccount.SELLER_WALLET, 0)),
        "refund": money(refund.amount if refund else 0),
        "price_named": money(price.amount if price else 0),
    }


def _sum_said(sheet: Sheet, text: str) -> tuple[str, ...]:
    """Return a sum as it was understood, or as it was written where it could not be."""
    try:
        amount = minor_units(text, sheet.found.order.currency)
    except ValueError:
        amount = MAX_AMOUNT + 1
    if abs(amount) > MAX_AMOUNT:
        return (text.strip(),) if text.strip() else ()
    return (sheet.found.told(sheet.role).money(amount),)


def _hidden(sheet: Sheet, *, everything: bool) -> tuple[tuple[str, str], ...]:
    """Return what goes on with the form unseen: what it stands on, or all that was written."""
    unseen = {shape.name for shape in sheet.shapes if shape.kind is Kind.HIDDEN}
    return tuple(
        (name, value)
        for name, value in sheet.form.pairs
        if name in unseen or (everything and name not in OURS)
    )


def _shares(sheet: Sheet) -> bool:
    return sheet.action is Action.PROPOSE_SETTLEMENT


def unreadable(sheet: Sheet, error: Unreadable) -> Trouble:
    """Return what is wrong with what was written, field by field."""
    formatter, currency = sheet.found.reader.formatter, sheet.found.order.currency
    by_name = {shape.name: shape for shape in sheet.shapes}
    complaints = tuple(
        Complaint(one.field, said_of(by_name[one.field], one, formatter, currency))
        for one in error.wrong
    )
    return Trouble(Code.INVALID_REQUEST, 422, formatter.say(LOOK_AGAIN), complaints)


def refused(
    sheet: Sheet, code: Code, status: int, detail: str, fields: tuple[str, ...] = ()
) -> Trouble:
    """Return why something was refused; `fields` are those that it is about."""
    told = sheet.found.told(sheet.role)
    said = refusal_said(code, detail, told)
    title = error_page(code, told.formatter).title
    known = {shape.name for shape in sheet.shapes if shape.kind is not Kind.HIDDEN}
    about = [name for name in fields if name in known]
    if about:
        title = told.say(LOOK_AGAIN)
    complaints = tuple(Complaint(name, said) for name in about or [""])
    return Trouble(code, status, title, complaints)


def on_nothing(sheet: Sheet) -> Trouble:
    """Return what is said where it is not known on what an action stands, or not any more."""
    told = sheet.found.told(sheet.role)
    title = error_page(Code.ACTION_NOT_ALLOWED, told.formatter).title
    complaint = Complaint("", told.say(EMPTY[Kind.HIDDEN]))
    return Trouble(Code.ACTION_NOT_ALLOWED, 409, title, (complaint,))


def _said(sheet: Sheet) -> tuple[Said, ...]:
    told = sheet.found.told(sheet.role)
    found = []
    for entry in entries(sheet.shapes, sheet.action, sheet.form, told, lambda _name: "", 0):
        lines = _lines(sheet, entry)
        if lines:
            is_quote = entry.kind in (Kind.TEXTAREA, Kind.LINE)
            found.append(Said(entry.label, lines, is_quote))
    return tuple(found)


def _lines(sheet: Sheet, entry: Entry) -> tuple[str, ...]:
    if entry.is_left_out:
        return ()
    match entry.kind:
        case Kind.LINKS:
            return tuple(one for one in entry.values if one.strip())
        case Kind.CHOICE:
            return tuple(one.label for one in entry.options if one.value == entry.value)
        case Kind.MONEY:
            return _sum_said(sheet, entry.value)
        case Kind.DURATION:
            unit = next((one.label for one in entry.units if one.value == entry.unit), "")
            return (f"{entry.value.strip()} {unit}",) if entry.value.strip() else ()
        case _:
            return (entry.value,) if entry.value.strip() else ()
