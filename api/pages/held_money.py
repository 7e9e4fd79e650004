"""What somebody's wallet holds, and what is in escrow beside it and not theirs yet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from db.wallets import Balance, HeldForOrder
from domain.money import Money, shares


@dataclass(frozen=True)
class Held:
    """What there is in one currency: in the wallet, in escrow for what was bought, and what would
    come of what was sold once it completes, after the commission."""

    wallet: Money
    bought: Money
    sold: Money


def held(balances: Iterable[Balance], in_escrow: Iterable[HeldForOrder]) -> list[Held]:
    """Return what there is in each currency."""
    wallet = {one.currency: one.amount for one in balances}
    bought: defaultdict[str, int] = defaultdict(int)
    sold: defaultdict[str, int] = defaultdict(int)
    for one in in_escrow:
        if one.is_bought:
            bought[one.currency] += one.amount
        else:
            net = shares(one.amount, 0, one.commission_bps).paid_to_seller
            sold[one.currency] += net
    return [
        Held(*(Money(amount=of.get(code, 0), currency=code) for of in (wallet, bought, sold)))
        for code in sorted({*wallet, *bought, *sold})
    ]
