"""The form of a payment into a wallet or out of it: an amount and its currency, read into money."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from api.pages.amounts import NotANumber, TooExact, minor_units
from api.pages.field_errors import said_of
from api.pages.fields import MISSING, NOT_A_NUMBER, TOO_EXACT, Kind, Shape, Wrong
from api.pages.forms import Form
from api.pages.written_values import USUAL
from db.wallets import Balance
from domain.currencies import is_current
from domain.money import MAX_AMOUNT, Money
from texts.formatter import Formatter

Takes = Callable[[str], bool]
"""Whether something can be paid in a currency."""

AMOUNT = Shape("amount", Kind.MONEY, is_optional=False)
CURRENCY = Shape("currency", Kind.CHOICE, is_optional=False)


@dataclass(frozen=True)
class WrittenAmount:
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

    def __init__(self, written: WrittenAmount) -> None:
        super().__init__(", ".join(written.errors))
        self.written = written


def written(
    given: Mapping[str, str], held: Sequence[Balance | Money] = (), takes: Takes = is_current
) -> WrittenAmount:
    """Return what an address or a form says; the currency is else one in which there is money."""
    currency = given.get("currency", "")
    if not takes(currency):
        currencies = (one.currency for one in held if takes(one.currency))
        currency = next(currencies, USUAL[0])
    return WrittenAmount(given.get("amount", ""), currency)


def money_in(form: Form, formatter: Formatter, takes: Takes = is_current) -> Money:
    """Read how much is to be paid.

    Raises:
        Unusable: it is no amount, or in no currency that is taken (else than said: of today).
    """
    text, currency = form.get("amount", "").strip(), form.get("currency", "")
    if not takes(currency):
        one = written(form, takes=takes)
        raise _unusable(one, Wrong(CURRENCY.name, "enum"), CURRENCY, formatter)
    one = WrittenAmount(form.get("amount", ""), currency)
    try:
        amount = _amount(text, currency)
    except _NoAmount as error:
        raise _unusable(one, Wrong(AMOUNT.name, error.kind), AMOUNT, formatter) from None
    return Money(amount=amount, currency=currency)


class _NoAmount(ValueError):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def _amount(text: str, currency: str) -> int:
    if not text:
        raise _NoAmount(MISSING)
    try:
        amount = minor_units(text, currency)
    except TooExact:
        raise _NoAmount(TOO_EXACT) from None
    except NotANumber:
        raise _NoAmount(NOT_A_NUMBER) from None
    if not 0 < amount <= MAX_AMOUNT:
        raise _NoAmount("less_than_equal" if amount > 0 else "greater_than_equal")
    return amount


def _unusable(one: WrittenAmount, wrong: Wrong, shape: Shape, formatter: Formatter) -> Unusable:
    said = said_of(shape, wrong, formatter, one.currency)
    return Unusable(replace(one, errors={shape.name: said}))
