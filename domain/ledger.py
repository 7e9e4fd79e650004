"""What the rules say of money: postings between accounts. The database keeps the books."""

from enum import StrEnum

from domain.base import Frozen


class AccountKind(StrEnum):
    """The kinds of accounts; wallets and escrows can never go below zero."""

    WALLET = "wallet"
    ESCROW = "escrow"
    COMMISSION = "commission"
    WORLD = "world"
    """Outside: the marketplace's payment provider, where money comes from and goes to."""


class Account(Frozen):
    """An account by its owner: a user's wallet, an order's escrow, the platform's commission."""

    kind: AccountKind
    owner: str


class PostingKind(StrEnum):
    """Why money moves."""

    HOLD = "hold"
    RELEASE = "release"
    REFUND = "refund"
    SPLIT = "split"
    TOP_UP = "top_up"
    PAYOUT = "payout"
    COMMISSION_PAYOUT = "commission_payout"
    REVERSAL = "reversal"
    """A transfer between the books and the outside world is taken back."""


TRANSFERS = (
    PostingKind.TOP_UP,
    PostingKind.PAYOUT,
    PostingKind.COMMISSION_PAYOUT,
    PostingKind.REVERSAL,
)
"""What passes between the books and the outside world; all others belong to an order."""


class Leg(Frozen):
    """`amount` minor units leave `debit` and arrive at `credit`: it cannot be unbalanced."""

    debit: Account
    credit: Account
    amount: int


class Posting(Frozen):
    """Legs that are written together, once: the key makes a second writing a replay."""

    key: str
    kind: PostingKind
    legs: tuple[Leg, ...]


def wallet(user_id: str) -> Account:
    """Return the account of a user's wallet."""
    return Account(kind=AccountKind.WALLET, owner=user_id)


def escrow(order_id: str) -> Account:
    """Return the account that holds an order's money while it runs; zero when it is final."""
    return Account(kind=AccountKind.ESCROW, owner=order_id)


COMMISSION = Account(kind=AccountKind.COMMISSION, owner="platform")
WORLD = Account(kind=AccountKind.WORLD, owner="payment-provider")
