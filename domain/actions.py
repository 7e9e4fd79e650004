"""What each action says: its fields, checked the same on HTTP and in a signal sent by hand."""

from typing import Any, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from domain.base import Frozen
from domain.duration import Duration
from domain.identifiers import Identifier, MadeIdentifier
from domain.money import Amount, KnownCurrency, Money
from domain.text import Links, Text, Title
from domain.vocabulary import Act, Action, Ground, ProviderAct, Ruling

STORED = "[kept in the database]"
"""Stands for a personal text in signals and workflow histories, which operators can read."""


class Fields(Frozen):
    """What every action's fields share.

    Every field is personal unless `in_clear` names it: only those travel through Temporal. The
    sentences of the classes below are published: they say what each action does.
    """

    model_config = ConfigDict(extra="forbid")
    in_clear: ClassVar[frozenset[str]] = frozenset()

    def on_the_wire(self) -> dict[str, Any]:
        """The fields as JSON values, with `STORED` for each personal text and without links."""
        return {
            name: value if name in self.in_clear else STORED
            for name, value in self.model_dump(mode="json", exclude_none=True).items()
            if name in self.in_clear or isinstance(value, str)
        }


class Accept(Fields):
    """The seller takes the order on: the time for the work begins."""


class Deliver(Fields):
    """The seller hands the work over."""

    message: Text = Field(examples=["Here is the logo, in three sizes."])
    links: Links = Field(default=(), examples=[["https://files.example/logo.zip"]])


class RequestRevision(Fields):
    """The buyer wants something changed; one revision is used up once the seller accepts it."""

    reason: Text = Field(examples=["Please make the blue a little darker."])


class AcceptRevision(Fields):
    """The seller agrees to the revision, and works on it."""


class RefuseRevision(Fields):
    """The seller refuses; the buyer reads why."""

    in_clear = frozenset({"ground"})

    ground: Ground
    reason: Text = Field(examples=["The brief names this very blue."])


class Complete(Fields):
    """The buyer is content: the order ends, and the seller is paid."""


class OpenDispute(Fields):
    """The buyer calls the mediator."""

    reason: Text = Field(examples=["The logo is not what the brief asks for."])


class BuyExtra(Fields):
    """The buyer adds an extra of the service to the running order."""

    in_clear = frozenset({"extra_id"})

    extra_id: Identifier = Field(examples=["5a1f7c1e-58a4-4a0b-9d0c-3b1f0a7f2f11"])


class PositiveMoney(Money):
    """More than nothing."""

    amount: Amount


class NewPrice(PositiveMoney):
    """More than nothing, in a currency of today."""

    # One that was withdrawn is refused later, when the request is carried out: what was answered
    # before is answered so again.
    currency: KnownCurrency


class RequestOffer(Fields):
    """The buyer asks for a custom offer."""

    description: Text = Field(examples=["A matching letterhead as well."])


class MakeOffer(Fields):
    """The seller offers something more, for a price; it lapses by itself."""

    in_clear = frozenset({"price", "delivery_time"})

    title: Title = Field(examples=["A letterhead"])
    description: Text | None = Field(default=None, examples=["In the same blue."])
    price: PositiveMoney
    delivery_time: Duration


class AboutOffer(Fields):
    """Names the open offer by its id."""

    in_clear = frozenset({"offer_id"})

    offer_id: MadeIdentifier = Field(examples=["5a1f7c1e-58a4-4a0b-9d0c-3b1f0a7f2f11"])


class WithdrawOffer(AboutOffer):
    """The seller takes the open offer back."""


class DeclineOffer(AboutOffer):
    """The buyer does not want what the open offer offers."""


class AcceptOffer(AboutOffer):
    """The buyer pays the open offer into escrow, and it becomes part of the order."""


class RequestCancellation(Fields):
    """The buyer asks the seller to cancel."""

    reason: Text = Field(examples=["I no longer need it."])


class RefuseCancellation(Fields):
    """The seller will not cancel, and says why."""

    reason: Text = Field(examples=["The work is almost done."])


class Cancel(Fields):
    """The order ends and the buyer gets everything back."""

    reason: Text | None = Field(default=None, examples=["We agreed to part."])


class ProposeSettlement(Fields):
    """One side proposes how to share the money: `refund` goes back, the rest is earned."""

    in_clear = frozenset({"refund"})

    refund: PositiveMoney
    reason: Text | None = Field(default=None, examples=["Half of it is usable."])


class AboutSettlement(Fields):
    """Names an open proposal by its id."""

    in_clear = frozenset({"settlement_id"})

    settlement_id: MadeIdentifier = Field(examples=["5a1f7c1e-58a4-4a0b-9d0c-3b1f0a7f2f11"])


class WithdrawSettlement(AboutSettlement):
    """Whoever proposed to share the money takes the proposal back."""


class AcceptSettlement(AboutSettlement):
    """The other side agrees: the order ends, and the money is shared as proposed."""


class Assign(Fields):
    """A mediator takes the case, or an operator gives it to one whom they name."""

    in_clear = frozenset({"mediator_id"})

    mediator_id: Identifier | None = Field(default=None, examples=["mia"])


class Release(Fields):
    """The case goes back to the queue; the next mediator reads why."""

    reason: Text = Field(examples=["I know one of them."])


class AddStatement(Fields):
    """Something that the mediator should know, with links to evidence."""

    statement: Text = Field(examples=["The brief asks for blue twice."])
    links: Links = Field(default=(), examples=[["https://files.example/brief.pdf"]])


def _only_with(outcome: Ruling, field: str) -> JsonDict:
    """That a field is there with an outcome, and with no other, as JSON Schema says it."""
    return {
        "if": {"properties": {"outcome": {"const": outcome.value}}, "required": ["outcome"]},
        "then": {"properties": {field: {"not": {"type": "null"}}}, "required": [field]},
        "else": {"properties": {field: {"type": "null"}}},
    }


class Resolve(Fields):
    """A mediator's ruling; both sides read the reasons."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _only_with(Ruling.SPLIT, "refund"),
                _only_with(Ruling.RESTART, "delivery_time"),
            ],
            "example": {
                "outcome": "refund",
                "reasons": "Nothing of the brief is done.",
            },
        }
    )
    in_clear = frozenset({"outcome", "refund", "delivery_time"})

    outcome: Ruling
    refund: PositiveMoney | None = None
    delivery_time: Duration | None = None
    reasons: Text = Field(examples=["Half of the work is as the brief asks."])

    @model_validator(mode="after")
    def _says_what_its_outcome_needs(self) -> "Resolve":
        if (self.refund is not None) != (self.outcome is Ruling.SPLIT):
            raise ValueError("refund goes with the outcome split, and only with it")
        if (self.delivery_time is not None) != (self.outcome is Ruling.RESTART):
            raise ValueError("delivery_time goes with the outcome restart, and only with it")
        return self


class AboutChargeback(Fields):
    """Names the chargeback, by our id."""

    in_clear = frozenset({"chargeback_id"})

    chargeback_id: Identifier


class PaymentDisputed(AboutChargeback):
    """The payer's bank asks this much back; it can be answered for until then (UTC)."""

    in_clear = frozenset({"chargeback_id", "amount", "evidence_until"})

    amount: PositiveMoney
    evidence_until: AwareDatetime | None = None


class PaymentDisputeLost(AboutChargeback):
    """The payer's bank keeps this much."""

    in_clear = frozenset({"chargeback_id", "amount"})

    amount: PositiveMoney


FIELDS: dict[Action, type[Fields]] = {
    Action.ACCEPT: Accept,
    Action.DELIVER: Deliver,
    Action.REQUEST_REVISION: RequestRevision,
    Action.ACCEPT_REVISION: AcceptRevision,
    Action.REFUSE_REVISION: RefuseRevision,
    Action.COMPLETE: Complete,
    Action.OPEN_DISPUTE: OpenDispute,
    Action.BUY_EXTRA: BuyExtra,
    Action.REQUEST_OFFER: RequestOffer,
    Action.MAKE_OFFER: MakeOffer,
    Action.WITHDRAW_OFFER: WithdrawOffer,
    Action.DECLINE_OFFER: DeclineOffer,
    Action.ACCEPT_OFFER: AcceptOffer,
    Action.REQUEST_CANCELLATION: RequestCancellation,
    Action.REFUSE_CANCELLATION: RefuseCancellation,
    Action.CANCEL: Cancel,
    Action.PROPOSE_SETTLEMENT: ProposeSettlement,
    Action.WITHDRAW_SETTLEMENT: WithdrawSettlement,
    Action.ACCEPT_SETTLEMENT: AcceptSettlement,
    Action.ASSIGN: Assign,
    Action.RELEASE: Release,
    Action.ADD_STATEMENT: AddStatement,
    Action.RESOLVE: Resolve,
}

PROVIDER_FIELDS: dict[ProviderAct, type[AboutChargeback]] = {
    ProviderAct.PAYMENT_DISPUTED: PaymentDisputed,
    ProviderAct.PAYMENT_DISPUTE_WON: AboutChargeback,
    ProviderAct.PAYMENT_DISPUTE_LOST: PaymentDisputeLost,
}


def fields_of(act: Act) -> type[Fields]:
    """Return what says what an act says."""
    return PROVIDER_FIELDS[act] if isinstance(act, ProviderAct) else FIELDS[act]
