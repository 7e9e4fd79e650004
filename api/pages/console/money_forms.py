"""Forms that move money between the books and outside: what was written in them, and what that
would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from api.auth.capabilities import Capability
from api.pages.amounts import NotANumber, TooExact, minor_units
from api.pages.forms import Form
from api.schemas.ledger import NewPayout, NewReversal, NewTopUp, Reference, WhyMoved
from api.schemas.payouts import NewRefusal
from domain.currencies import is_current, is_known
from domain.identifiers import Identifier
from domain.money import MAX_AMOUNT
from domain.vocabulary import Code
from texts.catalogue import msg

Kind = Literal["top_up", "payout", "commission_payout"]
KINDS: dict[Kind, str] = {
    "top_up": msg("Pay in"),
    "payout": msg("Pay out"),
    "commission_payout": msg("Take out commission"),
}
NEEDED: dict[Kind, Capability] = {
    "top_up": Capability.CARRY_MONEY,
    "payout": Capability.CARRY_MONEY,
    "commission_payout": Capability.TAKE_COMMISSION,
}
FIELDS = ("person", "amount", "currency", "reference", "reason")
SAYS: dict[Kind, str] = {
    "top_up": msg("Money that the payment provider has received for somebody."),
    "payout": msg("Money that the payment provider pays out to somebody."),
    "commission_payout": msg("Money that the marketplace takes out of what it has earned."),
}
CONFIRM: dict[Kind, str] = {
    "top_up": msg("Pay in %(amount)s"),
    "payout": msg("Pay out %(amount)s"),
    "commission_payout": msg("Take out %(amount)s"),
}

NO_PERSON = msg("Please write a user id as the marketplace has it.")
NO_AMOUNT = msg("Please write the amount in digits, such as 12.50.")
NO_PARTS = msg("This currency has no such small parts. Please write fewer decimals.")
NO_SUM = msg("The amount has to be more than nothing, and less than a hundred million.")
NO_CURRENCY = msg("Please write a currency of today by its code, such as EUR.")
NO_REFERENCE = msg("A reference has no line’s end and no space around it, and 100 signs at most.")
NO_WHY = msg("Please say why, in 200 characters at most: it stays in the journal.")
NO_REASON = msg("Please say why, in 200 characters at most: the wallet’s owner reads it.")

REFUSED: dict[Code, str] = {
    Code.INSUFFICIENT_FUNDS: msg("There is not as much money there. Nothing changed."),
    Code.NOT_REVERSIBLE: msg("It cannot be taken back, or was taken back before. Nothing changed."),
    Code.IDEMPOTENCY_KEY_REUSED: msg(
        "This form was sent before with something else in it. Nothing changed; please start again."
    ),
    Code.INVALID_REQUEST: msg("It could not be taken as it was written. Nothing changed."),
    Code.NOT_FOUND: msg("There is no such transfer. Nothing changed."),
}
NOT_DONE = msg("It was not done. Nothing changed; please try again.")

_PERSON: TypeAdapter[str] = TypeAdapter(Identifier)
_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)
_WHY: TypeAdapter[str] = TypeAdapter(WhyMoved)


class Wrong(Exception):
    """Fields that cannot be used, each with the sentence that says why."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


@dataclass(frozen=True)
class Movement:
    """Money to come in or go out: of somebody's wallet, or (`person` empty) of the commission."""

    kind: Kind
    person: str
    amount: int
    currency: str
    reference: str | None
    reason: str

    @property
    def body(self) -> NewTopUp | NewPayout:
        """Return it as the API takes it."""
        shape = NewTopUp if self.kind == "top_up" else NewPayout
        given = {"amount": self.amount, "currency": self.currency, "reason": self.reason}
        return shape(**given, **({"reference": self.reference} if self.reference else {}))


@dataclass
class _Fields:
    form: Form
    wrong: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.form.get(name, "").strip()

    def checked(self, name: str, kind: TypeAdapter[str], otherwise: str) -> str:
        try:
            return kind.validate_python(self.text(name))
        except ValidationError:
            self.wrong[name] = otherwise
            return ""


def movement(form: Form, kind: Kind) -> Movement:
    """Read a form.

    Raises:
        Wrong: it cannot be done so.
    """
    fields = _Fields(form)
    person = "" if kind == "commission_payout" else fields.checked("person", _PERSON, NO_PERSON)
    currency = fields.text("currency").upper()
    if not (is_current(currency) if kind == "top_up" else is_known(currency)):
        fields.wrong["currency"] = NO_CURRENCY
    amount = 0 if "currency" in fields.wrong else _amount(fields, currency)
    reference = None
    if fields.text("reference"):
        reference = fields.checked("reference", _REFERENCE, NO_REFERENCE)
    reason = fields.checked("reason", _WHY, NO_WHY)
    if fields.wrong:
        raise Wrong(fields.wrong)
    return Movement(kind, person, amount, currency, reference, reason)


def _amount(fields: _Fields, currency: str) -> int:
    try:
        amount = minor_units(fields.text("amount"), currency)
    except (NotANumber, TooExact) as error:
        fields.wrong["amount"] = NO_PARTS if isinstance(error, TooExact) else NO_AMOUNT
        return 0
    if not 0 < amount <= MAX_AMOUNT:
        fields.wrong["amount"] = NO_SUM
    return amount


Reason = TypeVar("Reason", NewReversal, NewRefusal)


def reason_in(form: Form, document: type[Reason]) -> Reason:
    """Read why a transfer is taken back, or a payout not approved.

    Raises:
        Wrong: it does not say.
    """
    try:
        return document(reason=form.get("reason", ""))
    except ValidationError:
        raise Wrong({"reason": NO_REASON}) from None
