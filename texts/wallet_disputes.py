"""What people read of a disputed payment whose money is theirs by now: that so much of it is kept
back, that the dispute was won, or what they make good since it was lost."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.payments import ChargebackState
from texts.catalogue import Language, msg
from texts.formatter import Formatter
from texts.notices import NoticeText
from texts.wallets import HELD_AFTER

DISPUTED = msg("Part of your money is kept back: a bank disputes a payment")
DISPUTED_TOLD = msg(
    "A bank disputes a payment that you made yourself, or had received the money of: %(amount)s of"
    " your wallet is not paid out meanwhile. It stays in your wallet, and buys. If the payment"
    " stands, it is available again; if it does not, it makes the payment good. Your wallet’s page"
    " says which order it is about, and until when the payment can be answered for."
)
STANDS = msg("A payment that a bank disputed stands")
STANDS_TOLD = msg(
    "The dispute has ended in favour of the payment: %(amount)s of your wallet is not kept back for"
    " it any more."
)
LOST = msg("You make a payment good that a bank has taken back")
LOST_TOLD = msg(
    "A bank has taken back a payment that you made yourself, or had received the money of, and"
    " keeps it: you make %(amount)s of it good."
)
TOLD = {
    ChargebackState.OPENED: (DISPUTED, DISPUTED_TOLD),
    ChargebackState.WON: (STANDS, STANDS_TOLD),
    ChargebackState.LOST: (LOST, LOST_TOLD),
}
OF_ORDER = msg("The order that was paid with it")

PAID = msg("All of it was taken from your wallet: you owe nothing for it.")
PAID_IN_PART = msg(
    "%(paid)s was taken from your wallet, which held no more: you still owe %(left)s."
)
PAID_NOTHING = msg("Your wallet held nothing that could be taken for it: you owe all of it.")
NEXT_MONEY = msg(
    "Part of what you earn from now on pays what you owe, and so does all that comes back to you,"
    " from orders and from payouts that do not arrive, until all of it is paid. What you pay in"
    " yourself is left alone. Your wallet’s page says how much is left."
)


@dataclass(frozen=True)
class DisputeNotice:
    """That a disputed payment is in a state now, which concerns `amount` minor units of somebody's
    money; of one that was lost, what their wallet has `paid` of it, to hold `balance` after that.
    With the title of its order, if it is of one."""

    state: ChargebackState
    amount: int
    currency: str
    order_title: str | None = None
    paid: int = 0
    balance: int | None = None


def dispute_notice(one: DisputeNotice, language: Language) -> NoticeText:
    """Say what became of a disputed payment, to whose money it concerns."""
    formatter, (title, told) = Formatter(language, "UTC"), TOLD[one.state]
    amount = formatter.money(one.amount, one.currency)
    return NoticeText(
        formatter.labelled(title, amount),
        (
            formatter.say(told, {"amount": amount}),
            *_order(one, formatter),
            *_what_it_means(one, formatter),
        ),
    )


def _order(one: DisputeNotice, formatter: Formatter) -> Iterator[str]:
    if one.order_title is not None:
        yield formatter.labelled(OF_ORDER, formatter.quoted(one.order_title))


def _what_it_means(one: DisputeNotice, formatter: Formatter) -> Iterator[str]:
    """Say how much of a payment that was lost is paid, and what follows for the money to come."""
    if one.state is not ChargebackState.LOST:
        return
    left = one.amount - one.paid
    sums = {"paid": one.paid, "left": left, "balance": one.balance or 0}
    said = {name: formatter.money(amount, one.currency) for name, amount in sums.items()}
    if one.paid == 0:
        yield formatter.say(PAID_NOTHING)
    else:
        yield formatter.say(PAID_IN_PART if left else PAID, said)
        yield formatter.say(HELD_AFTER, said)
    if left:
        yield formatter.say(NEXT_MONEY)
