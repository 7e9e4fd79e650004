"""What an action would do, before anybody presses the button."""

from collections import defaultdict
from enum import StrEnum

from domain.ledger import Account, AccountKind
from domain.order import Order
from domain.step import Step


class PreviewAccount(StrEnum):
    """The accounts as a party to the order thinks of them."""

    BUYER_WALLET = "buyer_wallet"
    SELLER_WALLET = "seller_wallet"
    ESCROW = "escrow"
    COMMISSION = "commission"


def money(step: Step) -> dict[PreviewAccount, int]:
    """Return what each account would gain or lose by the step, in minor units, without those that
    it leaves alone. The sum is zero."""
    changes: dict[PreviewAccount, int] = defaultdict(int)
    for posting in step.postings:
        for leg in posting.legs:
            changes[_account(leg.debit, step.order)] -= leg.amount
            changes[_account(leg.credit, step.order)] += leg.amount
    return {account: changes[account] for account in PreviewAccount if changes.get(account)}


def cost(step: Step) -> int:
    """Return what the buyer's wallet must hold for the step, in minor units."""
    return max(0, -money(step).get(PreviewAccount.BUYER_WALLET, 0))


def _account(account: Account, order: Order) -> PreviewAccount:
    if account.kind is AccountKind.WALLET:
        if account.owner == order.buyer_id:
            return PreviewAccount.BUYER_WALLET
        return PreviewAccount.SELLER_WALLET
    return PreviewAccount(account.kind)
