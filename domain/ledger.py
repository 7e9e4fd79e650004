"""What the rules say of money: postings between accounts. The database keeps the books."""

from enum import StrEnum

from domain.base import Frozen


class AccountKind(StrEnum):
    """The kinds of accounts; wallets, escrows and what is paid out can never go below zero."""

    WALLET = "wallet"
    ESCROW = "escrow"
    COMMISSION = "commission"
    WORLD = "world"
    """Outside: the marketplace's payment provider, where money comes from and goes to."""
    PAYOUT_PENDING = "payout_pending"
    """What a user has asked to be paid out and is on its way; never below zero either."""
    RECEIVABLE = "receivable"
    """What a user owes since their payment, or the payment for their work, was taken back by the
    payer's bank: below zero by that much, never above."""


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
    RECLAIM = "reclaim"
    """The payer's bank has taken the payment back: the order ends, and what is in escrow leaves."""
    TOP_UP = "top_up"
    PAYOUT = "payout"
    COMMISSION_PAYOUT = "commission_payout"
    REVERSAL = "reversal"
    """A transfer between the books and the outside world is taken back."""
    PAYOUT_HOLD = "payout_hold"
    """What somebody asks to be paid out leaves their wallet."""
    PAYOUT_DONE = "payout_done"
    """It has left the books: the provider has paid it."""
    PAYOUT_RETURN = "payout_return"
    """It did not arrive, or was taken back: it is in the wallet again."""
    CHARGEBACK = "chargeback"
    """The payer's bank has taken back what was in escrow no more, or never was: it is owed."""
    RECOVERY = "recovery"
    """What somebody owes is paid by what their wallet holds or they earn."""


TRANSFERS = (
    PostingKind.TOP_UP,
    PostingKind.PAYOUT,
    PostingKind.COMMISSION_PAYOUT,
    PostingKind.REVERSAL,
    PostingKind.PAYOUT_HOLD,
    PostingKind.PAYOUT_DONE,
    PostingKind.PAYOUT_RETURN,
    PostingKind.CHARGEBACK,
    PostingKind.RECOVERY,
)
"""What passes between the books and the outside world, and its way there; all others belong to an
order."""

OF_PAYOUTS = (PostingKind.PAYOUT_HOLD, PostingKind.PAYOUT_DONE, PostingKind.PAYOUT_RETURN)
"""What moves the money of a payout through the provider: each at most once a payout."""

OF_CHARGEBACKS = (PostingKind.CHARGEBACK, PostingKind.RECOVERY)
"""What moves what is owed for payments that were taken back."""


class NeverTakenBack(StrEnum):
    """Why nobody takes a transfer back."""

    REVERSAL = "reversal"
    """It takes one back itself."""
    PAYOUT = "payout"
    """It moved the money of a payout on its way, which comes back by itself."""
    CHARGEBACK = "chargeback"
    """It moved what somebody owes for a payment that was taken back."""
    PAY_IN = "pay_in"
    """It is a payment through the provider, which has its money."""
    OF_ANOTHER_KIND = "of_another_kind"
    """It is of a kind that only a newer release knows."""

    @classmethod
    def _missing_(cls, _value: object) -> "NeverTakenBack":
        return cls.OF_ANOTHER_KIND


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
