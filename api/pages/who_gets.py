"""Where the money of an order would be after something was done: the parts of a bar, and the words
beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.money import shares
from domain.preview import PreviewAccount
from domain.vocabulary import Role, State
from texts.catalogue import msg
from texts.labels import YOU
from texts.parties import party
from texts.reader_context import ReaderContext

COMMISSION = msg("Commission")
IN_ESCROW = msg("In escrow")


@dataclass(frozen=True)
class Part:
    """A part of the money: `whose` is its colour, `share` how much of the whole in per cent."""

    whose: str
    share: float
    label: str
    amount: str


def parts(
    before: ReaderContext, state: State, changes: Mapping[PreviewAccount, int]
) -> tuple[Part, ...]:
    """Return who has what of an order's money once it is in `state`; `changes` (minor units) is
    what each account gains or loses on the way."""
    if not state.is_final:
        held = before.order.total + changes.get(PreviewAccount.ESCROW, 0)
        return (_part(before, "escrow", held, held, before.say(IN_ESCROW)),)
    buyer, seller, fee = (
        changes.get(account, 0)
        for account in (
            PreviewAccount.BUYER_WALLET,
            PreviewAccount.SELLER_WALLET,
            PreviewAccount.COMMISSION,
        )
    )
    return split(before, buyer, seller, fee)


BANK = msg("The buyer’s bank")


def split(
    told: ReaderContext, refunded: int, paid: int, commission: int, bank: int = 0
) -> tuple[Part, ...]:
    """Return who has what of an order's money where so much of it goes back to the buyer, to the
    seller, to the marketplace, and to the payer's bank, in minor units."""
    whole = refunded + paid + commission + bank
    taken_back = (_part(told, "fee", bank, whole, told.say(BANK)),) if bank else ()
    found = (
        *taken_back,
        _part(told, "buyer", refunded, whole, named(told, Role.BUYER)),
        _part(told, "seller", paid, whole, named(told, Role.SELLER)),
        _part(told, "fee", commission, whole, told.say(COMMISSION)),
    )
    return tuple(part for part in found if part.share or part.whose != "fee")


def if_shared(told: ReaderContext, refund: int) -> tuple[Part, ...]:
    """Return who would get what if `refund` (minor units) of an order went back, and that were
    agreed on."""
    share = shares(told.order.total, refund, told.order.policy.commission_bps)
    return split(told, share.refunded, share.paid_to_seller, share.commission)


def named(reader: ReaderContext, role: Role) -> str:
    """Return what a party is called to a reader, who is "you" themself."""
    if reader.role is role:
        return reader.say(YOU)
    form = "Buyer" if role is Role.BUYER else "Seller"
    return party(form, reader.words, reader.role, reader.formatter)


def _part(reader: ReaderContext, whose: str, amount: int, whole: int, label: str) -> Part:
    return Part(whose, 100 * amount / whole if whole else 0, label, reader.money(amount))
