"""The documents of money: postings, wallets, what goes in and out."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from documents.base import Document
from domain.ledger import AccountKind, PostingKind
from domain.money import Money


class AccountView(Document):
    """An account: a user's wallet, an order's escrow, the platform's commission."""

    kind: AccountKind
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


class EntryView(Document):
    """What came into (above zero) or left (below zero) a wallet."""

    id: str
    at: datetime
    kind: PostingKind
    order_id: UUID | None
    amount: Money
    balance_after: Money


class TransferView(Document):
    """A top-up or payout that has been written down."""

    id: UUID
    kind: PostingKind
    user_id: str
    amount: Money
    balance: Money
