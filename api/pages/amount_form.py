"""The form of a payment into a wallet: an amount and its currency, read into money."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.pages.amounts import NotANumber, TooExact, minor_units
from api.pages.field_errors import said_of
from api.pages.fields import MISSING, NOT_A_NUMBER, TOO_EXACT, Kind, Shape, Wrong
from api.pages.forms import Form
from api.pages.written_values import USUAL
from db.wallets import Balance
from domain.currencies import is_current
from domain.money import MAX_AMOUNT, Money
from texts.formatter import Formatter

AMOUNT = Shape("amount", Kind.MONEY, is_optional=False)
CURRENCY = Shape("currency", Kind.CHOICE, is_optional=False)


@dataclass(frozen=True)
class WrittenPayIn:
    """What was written, and what is wrong with which field."""

    amount: str = ""
    currency: str = USUAL[0]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> list[dict[str, str]]:
        """Return all that is wrong, each with the name of its field."""
        return [{"name": name, "text": said} for name, said in self.errors.items()]


class Unusable(ValueError):
    """A form that says no amount; `written` says what is wrong with it."""

    def __init__(self, written: WrittenPayIn) -> None:
        super().__init__(", ".join(written.errors))
        self.written = written


def written(given: Mapping[str, str], balances: list[Balance] | None = None) -> WrittenPayIn:
    """Return what an address or a form says; the currency is else one in which there is money."""
    currency = given.get("currency", "")
    if not is_current(currency):
        held = (one.currency for one in balances or () if is_current(one.currency))
        currency = next(held, USUAL[0])
    return WrittenPayIn(given.get("amount", ""), currency)


def money_in(form: Form, formatter: Formatter) -> Money:
    """Read how much is to be paid in.

    Raises:
        Unusable: it is no amount, or in no currency of today.
    """
    text, currency = form.get("amount", "").strip(), form.get("currency", "")
    if not is_current(currency):
        raise _unusable(form, CURRENCY, "enum", formatter)
    if not text:
        raise _unusable(form, AMOUNT, MISSING, formatter)
    try:
        amount = minor_units(text, currency)
    except TooExact:
        raise _unusable(form, AMOUNT, TOO_EXACT, formatter) from None
    except NotANumber:
        raise _unusable(form, AMOUNT, NOT_A_NUMBER, formatter) from None
    if not 0 < amount <= MAX_AMOUNT:
        bound = "less_than_equal" if amount > 0 else "greater_than_equal"
        raise _unusable(form, AMOUNT, bound, formatter)
    return Money(amount=amount, currency=currency)


def _unusable(form: Form, shape: Shape, kind: str, formatter: Formatter) -> Unusable:
    one = written(form)
    said = said_of(shape, Wrong(shape.name, kind), formatter, one.currency)
    return Unusable(WrittenPayIn(form.get("amount", ""), one.currency, {shape.name: said}))
