"""What somebody could have paid out of their wallet, and what they read before they ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from api import render
from api.pages.reader import Reader
from api.pages.second_person import announced
from api.state import Services
from db import chargebacks, payout_accounts, wallets
from db.payout_accounts import KeptAccount
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from db.wallets import Balance
from domain.money import Money
from domain.payout_approval import NeededApproval
from texts.catalogue import msg

LEAVES = msg("%(amount)s leaves your wallet at once and is set aside; %(rest)s stays in it.")
PAID = msg(
    "The payment provider pays it to your account there, and on to your bank. That can take some"
    " days."
)
BACK = msg("If it does not arrive, it is in your wallet again, and you are told why.")
OWED = msg(
    "What comes back first pays the %(owed)s that you owe for a payment that a bank took back."
)
TAKEN_BACK = msg("You can take it back for as long as the payment provider lets you.")


@dataclass(frozen=True)
class Payable:
    """Somebody's wallets, what can be paid out of each, what is clearing and what a bank disputes,
    one amount for each balance, their account at the payment provider as far as it is known here,
    and what they owe."""

    balances: Sequence[Balance]
    available: Sequence[Money]
    clearing: Sequence[Money]
    disputed: Sequence[Money]
    account: KeptAccount | None
    owed: Sequence[Balance]

    def takes(self, currency: str) -> bool:
        """Return whether there is a wallet in this currency, full or empty: who sends a form twice
        has emptied it with the first."""
        return any(one.currency == currency for one in self.balances)

    def of(self, currency: str) -> int:
        """Return what can be paid out in a currency, in minor units."""
        return sum(one.amount for one in self.available if one.currency == currency)

    def held(self, currency: str) -> int:
        """Return what the wallet holds in a currency, in minor units."""
        return sum(one.amount for one in self.balances if one.currency == currency)

    def owes(self, currency: str) -> int:
        """Return what they owe in a currency, in minor units."""
        return sum(one.amount for one in self.owed if one.currency == currency)

    @property
    def filled(self) -> list[Money]:
        """Return what can be paid out, where that is something."""
        return [one for one in self.available if one.amount > 0]


async def payable(shared: Services, user_id: str) -> Payable:
    """Return what somebody could have paid out; the provider is not asked."""
    async with connection(shared.pool) as acquired:
        balances, withheld, account, owed = await together(
            acquired,
            wallets.balances(IN_ONE_TRIP, user_id),
            wallets.withheld(IN_ONE_TRIP, user_id),
            payout_accounts.get(IN_ONE_TRIP, shared.payments.name, user_id),
            chargebacks.owed(IN_ONE_TRIP, user_id),
        )
    view = render.wallet(balances, withheld, owed)
    return Payable(balances, view.available, view.clearing, view.disputed, account, owed)


def foreseen(money: Money, found: Payable, why: NeededApproval | None, reader: Reader) -> list[str]:
    """Return what happens to so much money once it is asked for, in the order in which it does; and
    where a second person has to approve it, why."""
    currency, formatter = money.currency, reader.formatter
    owed = found.owes(currency)
    values = {
        "amount": formatter.money(money.amount, currency),
        "rest": formatter.money(found.held(currency) - money.amount, currency),
        "owed": formatter.money(owed, currency),
    }
    second = announced(why, currency, reader)
    back = (BACK, OWED) if owed else (BACK,)
    after = (formatter.say(one, values) for one in (PAID, *back, TAKEN_BACK))
    return [formatter.say(LEAVES, values), second, *after]
