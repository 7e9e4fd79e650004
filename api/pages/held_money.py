"""What somebody's wallet holds, what of it can be paid out, and what is in escrow beside it and not
theirs yet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.schemas.ledger import WalletView
from db.wallets import HeldForOrder, Withheld
from domain.money import Money, shares


@dataclass(frozen=True)
class Held:
    """What there is in one currency: in the wallet, of that what can be paid out and what is still
    clearing (all of it is cleared at an instant, in UTC), in escrow for what was bought, and what
    would come of what was sold once it completes, after the commission."""

    wallet: Money
    available: Money
    clearing: Money
    bought: Money
    sold: Money
    clears_at: datetime | None


def held(
    view: WalletView, withheld: Mapping[str, Withheld], in_escrow: Iterable[HeldForOrder]
) -> list[Held]:
    """Return what there is in each currency."""
    wallet, available, clearing = (
        {one.currency: one.amount for one in part}
        for part in (view.balances, view.available, view.clearing)
    )
    bought: defaultdict[str, int] = defaultdict(int)
    sold: defaultdict[str, int] = defaultdict(int)
    for one in in_escrow:
        if one.is_bought:
            bought[one.currency] += one.amount
        else:
            net = shares(one.amount, 0, one.commission_bps).paid_to_seller
            sold[one.currency] += net
    return [
        Held(
            wallet=_of(wallet, code),
            available=_of(available, code),
            clearing=_of(clearing, code),
            bought=_of(bought, code),
            sold=_of(sold, code),
            clears_at=_cleared(withheld.get(code)),
        )
        for code in sorted({*wallet, *bought, *sold})
    ]


def _of(amounts: Mapping[str, int], currency: str) -> Money:
    return Money(amount=amounts.get(currency, 0), currency=currency)


def _cleared(one: Withheld | None) -> datetime | None:
    """Return when all is cleared; None where that is no day that can be shown."""
    return one.until if one is not None and isinstance(one.until, datetime) else None
