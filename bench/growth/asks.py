"""What is asked of a product with many orders: every list and read, and the pages, by
those who have the most."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.auth.tokens import Authority
from bench.growth.village import BUYER, ENDPOINT, MEDIATOR, OPERATOR, SELLER

Who = tuple[str, Authority]

A_SELLER: Final[Who] = (SELLER, Authority.USER)
A_BUYER: Final[Who] = (BUYER, Authority.USER)
A_MEDIATOR: Final[Who] = (MEDIATOR, Authority.MEDIATOR)
AN_OPERATOR: Final[Who] = (OPERATOR, Authority.OPERATOR)
A_READER: Final[Who] = ("a-reader", Authority.USER)


@dataclass(frozen=True)
class Ask:
    """A GET, and who sends it. `{order}` and `{service}` stand for one of the asker's."""

    path: str
    who: Who


LISTS: Final[Mapping[str, Ask]] = {
    "services on offer": Ask("/v1/services", A_READER),
    "services of a seller": Ask(f"/v1/services?seller_id={SELLER}", A_READER),
    "disputes": Ask("/v1/disputes", A_MEDIATOR),
    "own orders": Ask("/v1/orders", A_SELLER),
    "own orders as a buyer": Ask("/v1/orders?role=buyer", A_BUYER),
    "own orders in a state": Ask("/v1/orders?role=seller&state=in_progress", A_SELLER),
    "own orders in a final state": Ask("/v1/orders?state=settled", A_SELLER),
    "own orders that changed": Ask("/v1/orders?updated_since=2026-01-01T00:00:00Z", A_SELLER),
    "all orders": Ask("/v1/orders", AN_OPERATOR),
    "all orders in a state": Ask("/v1/orders?state=disputed", AN_OPERATOR),
    "orders of a seller": Ask(f"/v1/orders?seller_id={SELLER}", AN_OPERATOR),
    "orders by a frequent word": Ask("/v1/orders?q=logo", AN_OPERATOR),
    "orders by no word": Ask("/v1/orders?q=nothing%20like%20it", AN_OPERATOR),
    "wallet entries of a seller": Ask("/v1/wallet/entries", A_SELLER),
    "wallet entries of a buyer": Ask("/v1/wallet/entries", A_BUYER),
    "inbox of a seller": Ask("/v1/notifications", A_SELLER),
    "inbox of a seller, unread": Ask("/v1/notifications?unread=true", A_SELLER),
    "inbox of a mediator": Ask("/v1/notifications", A_MEDIATOR),
    "messages to an endpoint": Ask(f"/v1/webhook-endpoints/{ENDPOINT}/deliveries", AN_OPERATOR),
    "failed messages to it": Ask(
        f"/v1/webhook-endpoints/{ENDPOINT}/deliveries?status=failed", AN_OPERATOR
    ),
    "feed": Ask("/v1/events?limit=20", AN_OPERATOR),
    "feed of a type": Ask("/v1/events?type=order.settled&limit=20", AN_OPERATOR),
    "transfers": Ask("/v1/transfers", AN_OPERATOR),
    "transfers of somebody": Ask(f"/v1/transfers?user_id={BUYER}&kind=payout", AN_OPERATOR),
    "orders behind a reputation": Ask(f"/v1/sellers/{SELLER}/reputation/orders", A_SELLER),
}
READS: Final[Mapping[str, Ask]] = {
    "an order": Ask("/v1/orders/{order}", A_SELLER),
    "its journal": Ask("/v1/orders/{order}/events", A_SELLER),
    "its ledger": Ask("/v1/orders/{order}/ledger", A_SELLER),
    "its messages": Ask("/v1/orders/{order}/messages", A_SELLER),
    "a service": Ask("/v1/services/{service}", A_READER),
    "a reputation": Ask(f"/v1/sellers/{SELLER}/reputation", A_READER),
    "a wallet": Ask("/v1/wallet", A_SELLER),
    "the platform's accounts": Ask("/v1/accounts", AN_OPERATOR),
    "a user": Ask(f"/v1/users/{SELLER}", AN_OPERATOR),
}
PAGES: Final[Mapping[str, Ask]] = {
    "page: own orders": Ask("/orders", A_SELLER),
    "page: an order": Ask("/orders/{order}", A_SELLER),
    "page: wallet": Ask("/wallet", A_SELLER),
    "page: services on offer": Ask("/services?all=true", A_BUYER),
    "page: own services": Ask("/services", A_SELLER),
    "page: reputation": Ask("/reputation", A_SELLER),
    "page: inbox": Ask("/inbox", A_SELLER),
    "page: disputes": Ask("/disputes", A_MEDIATOR),
    "page: console": Ask("/console", AN_OPERATOR),
    "page: console, orders": Ask("/console/orders", AN_OPERATOR),
    "page: console, a person": Ask(f"/console/people/{SELLER}", AN_OPERATOR),
    "page: console, people": Ask("/console/people?q=Ana", AN_OPERATOR),
    "page: console, transfers": Ask("/console/transfers", AN_OPERATOR),
    "page: console, deliveries": Ask("/console/deliveries", AN_OPERATOR),
}
