"""The documents of money: postings, wallets, what goes in and out."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from documents.base import Document
from domain.actions import NewPrice, PositiveMoney
from domain.identifiers import MadeIdentifier
from domain.ledger import TRANSFERS, AccountKind, PostingKind
from domain.money import Money
from domain.text import Title

OrderAccountKind = Literal[
    AccountKind.WALLET, AccountKind.ESCROW, AccountKind.COMMISSION, AccountKind.WORLD
]
"""Between which an order's money moves: the others are no account of any order."""


class AccountView(Document):
    """An account: a user's wallet, an order's escrow, the platform's commission."""

    kind: OrderAccountKind
    owner: str


class PostingView(Document):
    """An amount that went from one account to another."""

    id: str
    at: datetime
    kind: PostingKind
    debit: AccountView = Field(description="Where it came from.")
    credit: AccountView = Field(description="Where it went.")
    amount: Money


class WalletView(Document):
    """What a user holds, one balance a currency."""

    balances: list[Money]
    available: list[Money] = Field(
        description="What of it can be paid out through the payment provider, one amount for each"
        " balance. All of it buys."
    )
    clearing: list[Money] = Field(
        description="What of it was earned and cannot be paid out yet, one amount for each balance."
    )
    disputed: list[Money] = Field(
        description="What of it cannot be paid out since a payer’s bank disputes the payment that"
        " it comes from, until that is decided, one amount for each balance. It counts here alone,"
        " whether it is cleared or not."
    )
    receivable: list[Money] = Field(
        description="What the user owes for payments that a bank has taken back, by currency; part"
        " of what they earn pays it. Only what is more than nothing."
    )


class AccountsView(Document):
    """What accounts hold together, by their kind and currency. In each currency they come to zero:
    what is here has come from outside."""

    escrow: list[Money] = Field(description="Held for orders that run.")
    commission: list[Money] = Field(description="Earned, and not yet taken out.")
    wallets: list[Money] = Field(description="What all users hold.")
    world: list[Money] = Field(
        description="The outside world: below zero by all that has come in and not gone out again."
    )
    payout_pending: list[Money] = Field(
        description="What users have asked to be paid out, and is on its way."
    )
    receivable: list[Money] = Field(
        description="Below zero by all that users owe for payments that banks have taken back."
    )


class EntryView(Document):
    """What came into (above zero) or left (below zero) a wallet."""

    id: str
    at: datetime
    kind: PostingKind
    order_id: UUID | None
    amount: Money
    balance_after: Money
    reference: str | None = Field(description="As the payment provider calls it.")
    text: str = Field(description="What it was, in the reader's language.")


CALLED_OUTSIDE = "As the payment provider calls it: what to find it by later."
Reference = Annotated[
    MadeIdentifier,
    Field(description=CALLED_OUTSIDE, examples=["pi_3PqL9w2eZvKYlo2C1kX7"]),
]
_LEFT_OUT = Field(default=None, exclude_if=lambda value: value is None)
"""Where there is none, a body is what it was before there were such fields: keys are held to it."""


WhyMoved = Annotated[
    Title,
    Field(
        description="Why, for the journal of those who operate: kept with the books, and for ever.",
        examples=["Goodwill after a late delivery."],
    ),
]


class NewTopUp(NewPrice):
    """Money that has come in; in a currency of today."""

    reference: Reference | None = _LEFT_OUT
    reason: WhyMoved | None = _LEFT_OUT


class NewPayout(PositiveMoney):
    """Money that goes out."""

    reference: Reference | None = _LEFT_OUT
    reason: WhyMoved | None = _LEFT_OUT


class NewReversal(Document):
    """Why a transfer is taken back; the wallet's owner reads it."""

    reason: Title = Field(examples=["The bank has called the payment back."])


class TransferView(Document):
    """Money that came in from the payment provider or went out to it, or the reversal of such."""

    id: UUID
    at: datetime
    kind: PostingKind = Field(json_schema_extra={"enum": [kind.value for kind in TRANSFERS]})
    user_id: str | None = Field(description="Whose wallet; null for the platform's commission.")
    amount: Money
    balance: Money | None = Field(
        description="What the wallet held after it; null where it did not move: for the platform's"
        " commission, and where a payout has left the books."
    )
    reference: str | None = Field(description=CALLED_OUTSIDE)
    reverses: UUID | None = Field(description="The transfer that this one takes back.")
    reversed_by: UUID | None = Field(description="The transfer that takes this one back.")
    reason: str | None = Field(description="Why that one is taken back.")
    made_by: str | None = Field(
        description="The operator; null where an earlier release did not write it down."
    )
