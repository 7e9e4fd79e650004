"""What people owe for payments that banks took back, and how it is paid: reckoned for itself."""

from tests.model.reference import Reference, Wallets

WHOLE = 10_000
"""Basis points."""


def owes(wallets: Wallets, who: str, cents: int) -> None:
    """Somebody owes so much more; what their wallet holds pays it first."""
    wallets.owed[who] += cents
    _pays(wallets, who, cents)


def earns(order: Reference, who: str, cents: int) -> None:
    """The end of an order brings somebody money, part of which pays what they owe: to its seller it
    is pay, to its buyer it comes back."""
    wallets = order.wallets
    setattr(wallets, who, getattr(wallets, who) + cents)
    part = order.recovery_bps if who == "seller" else WHOLE
    _pays(wallets, who, cents * part // WHOLE)


def comes_back(wallets: Wallets, who: str, cents: int) -> int:
    """So many cents are in a wallet again that had left it, and pay what its owner owes; gives how
    many of them do."""
    setattr(wallets, who, getattr(wallets, who) + cents)
    return _pays(wallets, who, cents)


def _pays(wallets: Wallets, who: str, at_most: int) -> int:
    held: int = getattr(wallets, who)
    paid = min(at_most, held, wallets.owed[who])
    wallets.owed[who] -= paid
    setattr(wallets, who, held - paid)
    return paid
