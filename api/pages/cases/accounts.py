"""What the accounts are called between which an order's money moves."""

from api.pages.cases.standing import called
from api.schemas.ledger import AccountView
from domain.ledger import AccountKind
from domain.order import Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role
from texts.catalogue import msg
from texts.formatter import Formatter

ACCOUNTS: dict[AccountKind, str] = {
    AccountKind.ESCROW: msg("Escrow of this order"),
    AccountKind.COMMISSION: msg("The marketplace’s commission"),
    AccountKind.WORLD: msg("The payment provider"),
}
WALLET = msg("Wallet: %(name)s")


def account_called(one: AccountView, order: Order, words: OrderTexts, formatter: Formatter) -> str:
    """Return what an account of an order's money is called where it is seen who is who."""
    if one.kind is not AccountKind.WALLET:
        return formatter.say(ACCOUNTS[one.kind])
    role = Role.BUYER if one.owner == order.buyer_id else Role.SELLER
    return formatter.say(WALLET, {"name": called(role, words, formatter)})
