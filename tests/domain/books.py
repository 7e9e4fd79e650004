"""A ledger in memory: it carries out postings and refuses what the real one refuses."""

from collections import Counter
from urllib.parse import unquote

from domain.ledger import COMMISSION, AccountKind, Posting, escrow, wallet
from domain.order import Order


class Books:
    """Balances by account, in minor units. Wallets and escrows cannot go below zero."""

    def __init__(self, owner: str, amount: int) -> None:
        self.balances = Counter({wallet(owner): amount})
        self.keys: list[str] = []
        self.money = amount

    def post(self, posting: Posting) -> None:
        """Carries out a posting, once."""
        assert posting.key not in self.keys
        self.keys.append(posting.key)
        for leg in posting.legs:
            assert leg.amount > 0
            self.balances[leg.debit] -= leg.amount
            self.balances[leg.credit] += leg.amount
        assert all(
            balance >= 0
            for account, balance in self.balances.items()
            if account.kind in (AccountKind.WALLET, AccountKind.ESCROW)
        )

    def holds(self) -> list[str]:
        """The lines that were paid into escrow, in the order of the payments."""
        return [unquote(key.split(":hold:")[1]) for key in self.keys if ":hold:" in key]

    def endings(self) -> int:
        """How often an order's money was paid out."""
        return sum(key.endswith(":end") for key in self.keys)

    def in_escrow(self, order: Order) -> int:
        """What is held for the order."""
        return self.balances[escrow(order.id)]

    def of(self, user_id: str) -> int:
        """What is in somebody's wallet."""
        return self.balances[wallet(user_id)]

    def commission(self) -> int:
        """What the platform has earned."""
        return self.balances[COMMISSION]

    def total(self) -> int:
        """All money there is, wherever it lies."""
        return sum(self.balances.values())
