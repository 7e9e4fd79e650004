"""How the operators' pages call things: what an order needs, what follows its deadline."""

from enum import StrEnum

from db.deliveries import Status
from db.needs import Need
from domain.ledger import AccountKind, PostingKind
from domain.preview import PreviewAccount
from domain.vocabulary import Action, OnExpiry, TimerEffect
from texts import labels
from texts.catalogue import msg


class Payment(StrEnum):
    """What orders are looked for by that is said of their payment, as an address says it."""

    DISPUTED = "disputed"


PAYMENTS: dict[Payment, str] = {Payment.DISPUTED: labels.FROZEN}

NEEDS: dict[Need, str] = {
    Need.STUCK: msg("Stuck"),
    Need.UNASSIGNED: msg("Disputes that nobody has"),
    Need.RULING: msg("Rulings overdue"),
    Need.LATE: msg("Late"),
    Need.ANSWER: msg("Answers overdue"),
}
TONES: dict[Need, str] = {
    Need.STUCK: "bad",
    Need.UNASSIGNED: "bad",
    Need.RULING: "bad",
    Need.LATE: "you",
    Need.ANSWER: "you",
}
BECAUSE: dict[Need, str] = {
    Need.STUCK: msg("The deadline has passed, and nothing followed"),
    Need.UNASSIGNED: msg("No mediator has taken the case"),
    Need.RULING: msg("The mediator has not ruled in time"),
    Need.LATE: msg("The buyer may cancel alone"),
    Need.ANSWER: msg("The buyer may open a dispute"),
}
NOBODY = msg("Nobody")
FROZEN = msg("Frozen: its payment is disputed")
"""Why an order waits for the payment provider."""

THEN: dict[OnExpiry, str] = {
    TimerEffect.COMPLETE: msg("Then: completed, the seller is paid"),
    TimerEffect.CANCEL: msg("Then: cancelled, the buyer is refunded"),
    TimerEffect.OPEN_DISPUTE: msg("Then: a dispute opens"),
    TimerEffect.LATE: msg("Then: late, the buyer may cancel alone"),
    TimerEffect.DISPUTE_ALLOWED: msg("Then: the buyer may open a dispute"),
    TimerEffect.ESCALATE: msg("Then: mediators and operators are told again"),
}

ACTIONS: dict[Action, str] = {
    Action.ACCEPT: msg("accept the order"),
    Action.DELIVER: msg("deliver"),
    Action.REQUEST_REVISION: msg("ask for a revision"),
    Action.ACCEPT_REVISION: msg("accept the revision"),
    Action.REFUSE_REVISION: msg("refuse the revision"),
    Action.COMPLETE: msg("complete the order"),
    Action.OPEN_DISPUTE: msg("open a dispute"),
    Action.BUY_EXTRA: msg("buy an extra"),
    Action.REQUEST_OFFER: msg("ask for an offer"),
    Action.MAKE_OFFER: msg("make an offer"),
    Action.WITHDRAW_OFFER: msg("withdraw the offer"),
    Action.DECLINE_OFFER: msg("decline the offer"),
    Action.ACCEPT_OFFER: msg("accept the offer"),
    Action.REQUEST_CANCELLATION: msg("ask to cancel"),
    Action.REFUSE_CANCELLATION: msg("refuse to cancel"),
    Action.CANCEL: msg("cancel the order"),
    Action.PROPOSE_SETTLEMENT: msg("propose to share the money"),
    Action.WITHDRAW_SETTLEMENT: msg("withdraw the proposal"),
    Action.ACCEPT_SETTLEMENT: msg("accept the proposal"),
    Action.ASSIGN: msg("take the case or hand it over"),
    Action.RELEASE: msg("release the case"),
    Action.ADD_STATEMENT: msg("add a statement"),
    Action.RESOLVE: msg("rule on the case"),
}
"""What somebody does, after who it is."""

TRANSFERS: dict[PostingKind, str] = {
    PostingKind.TOP_UP: msg("Top-up"),
    PostingKind.PAYOUT: msg("Payout"),
    PostingKind.COMMISSION_PAYOUT: msg("Payout of commission"),
    PostingKind.REVERSAL: msg("Reversal"),
    PostingKind.PAYOUT_HOLD: msg("Set aside for a payout"),
    PostingKind.PAYOUT_DONE: msg("Payout that was paid"),
    PostingKind.PAYOUT_RETURN: msg("Payout that came back"),
    PostingKind.CHARGEBACK: msg("Taken back by a bank"),
    PostingKind.RECOVERY: msg("Kept for what is owed"),
}
ACCOUNT_KINDS: dict[AccountKind, str] = {
    AccountKind.WALLET: msg("Wallet"),
    AccountKind.ESCROW: msg("Escrow"),
    AccountKind.COMMISSION: msg("Commission"),
    AccountKind.WORLD: msg("Outside world"),
    AccountKind.PAYOUT_PENDING: msg("On its way out"),
    AccountKind.RECEIVABLE: msg("Owed"),
}
PREVIEWED: dict[PreviewAccount, str] = {
    PreviewAccount.BUYER_WALLET: msg("Buyer’s wallet"),
    PreviewAccount.SELLER_WALLET: msg("Seller’s wallet"),
    PreviewAccount.ESCROW: msg("Escrow"),
    PreviewAccount.COMMISSION: msg("Commission"),
}
STATUSES: dict[Status, str] = {
    "pending": msg("Waits"),
    "delivered": msg("Received"),
    "failed": msg("Given up"),
}
STATUS_TONES: dict[Status, str] = {"pending": "wait", "delivered": "good", "failed": "bad"}
