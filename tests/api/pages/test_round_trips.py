"""No page asks the database more than twice beside the one look at who reads it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

import api.app
from api.pages.routing import ROUTES
from db import payout_accounts, payouts
from db.payouts import NewRow
from db.pool import KEPT_STATEMENT_BYTES, connection
from domain.payments import AccountState, PayoutState
from providers.protocol import PayoutAccount
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.statements import statements_of
from tests.api.pages.test_console import operator
from tests.api.pages.test_console_deliveries import endpoint_of
from tests.app_under_test import (
    OPERATOR,
    ApiClient,
    AppUnderTest,
    OrderInPlay,
    Person,
    somebody,
)
from tests.providers.paper import NAME, PaperProvider

SESSION = 1
"""Who reads, how they read, and what of their inbox is unread."""


@dataclass(frozen=True)
class Bound:
    """A page's route, who opens it, how often it asks beside the session, and its query."""

    route: str
    by: str
    most: int
    query: str = ""

    def __str__(self) -> str:
        return f"{self.by}:{self.route}{self.query}"


ORDER, ACTION = "/orders/{order_id}", "/orders/{order_id}/actions/{action}"
CASE, CONSOLE = "/disputes/{order_id}", "/console/orders/{order_id}"

BOUNDS = [
    Bound("/", "buyer", 0),
    Bound("/session", "buyer", 0),
    *(Bound(ORDER, side, 1) for side in ("buyer", "seller")),
    Bound(ORDER, "buyer", 1, "?story=oldest&talk=9"),
    Bound(ORDER, "mediator", 1),
    Bound(f"{ORDER}/deadline.ics", "buyer", 1),
    Bound(f"{ORDER}/case.json", "buyer", 2),
    Bound(f"{ORDER}/case.pdf", "buyer", 2),
    Bound(ACTION, "buyer", 2),
    Bound(ACTION, "seller", 2),
    Bound("/orders/{order_id}/requests/{request_id}", "seller", 2),
    Bound("/orders", "buyer", 2),
    Bound("/orders", "buyer", 2, "?q=logo&as=purchases&state=running"),
    Bound("/wallet", "buyer", 1),
    Bound("/wallet/pay-ins", "buyer", 1),
    Bound("/wallet/pay-ins/new", "buyer", 1),
    Bound("/wallet/pay-ins/{pay_in_id}", "buyer", 1),
    Bound("/wallet/payouts", "buyer", 1),
    Bound("/wallet/payouts/new", "buyer", 1),
    Bound("/wallet/payouts/{payout_id}", "buyer", 1),
    Bound("/wallet/payout-account", "buyer", 1),
    Bound("/wallet/entries.csv", "buyer", 1),
    Bound("/wallet/statement.pdf", "buyer", 1),
    Bound("/services", "seller", 2),
    Bound("/services", "buyer", 2),
    Bound("/services", "buyer", 2, "?seller={seller}"),
    Bound("/services/new", "seller", 0),
    Bound("/services/{service_id}", "seller", 1),
    Bound("/services/{service_id}", "buyer", 2),
    Bound("/reputation", "seller", 1),
    Bound("/inbox", "seller", 1),
    Bound("/inbox", "operator", 1),
    Bound("/settings", "buyer", 1),
    Bound("/disputes", "mediator", 2),
    Bound(CASE, "mediator", 2),
    Bound(CASE, "operator", 2),
    Bound(f"{CASE}/case.json", "mediator", 2),
    Bound(f"{CASE}/case.pdf", "mediator", 2),
    Bound("/disputes/{order_id}/actions/{action}", "mediator", 2),
    Bound("/disputes/{order_id}/requests/{request_id}", "mediator", 2),
    Bound("/console", "operator", 2),
    *(Bound(f"/console/charts/{one}", "operator", 1) for one in ("escrow", "orders")),
    *(Bound(f"/console/charts/{one}/table", "operator", 1) for one in ("escrow", "orders")),
    Bound("/console/orders", "operator", 1),
    Bound("/console/orders", "operator", 2, "?q=logo&need=late"),
    Bound("/console/orders.csv", "operator", 2, "?person={buyer}"),
    Bound(CONSOLE, "operator", 2),
    Bound("/console/orders/{order_id}/actions/{action}", "operator", 2),
    Bound("/console/orders/{order_id}/requests/{request_id}", "operator", 2),
    Bound("/console/people", "operator", 0),
    Bound("/console/people", "operator", 2, "?q={buyer}"),
    Bound("/console/people/{user_id:path}", "operator", 2),
    Bound("/console/transfers", "operator", 1),
    Bound("/console/transfers/new/{kind}", "operator", 0),
    Bound("/console/transfers/{transfer_id}", "operator", 2),
    Bound("/console/pay-ins", "operator", 2),
    Bound("/console/pay-ins/{pay_in_id}", "operator", 1),
    Bound("/console/payouts", "operator", 2, "?person={buyer}&state=pending"),
    Bound("/console/payouts/{payout_id}", "operator", 1),
    Bound("/console/chargebacks", "operator", 1),
    Bound("/console/provider-events", "operator", 2, "?outcome=person"),
    Bound("/console/deliveries", "operator", 1),
    Bound("/console/deliveries/{endpoint_id}", "operator", 1),
    Bound("/console/findings", "operator", 2),
    Bound("/console/journal", "operator", 1),
    Bound(
        "/console/journal", "operator", 1, "?by=olga&person={buyer}&deed=cancel&since=2026-01-01"
    ),
    Bound("/console/journal.csv", "operator", 2, "?on={order_id}"),
]
"""Every page. What a page shows together it reads together."""

NO_PAGES = {
    "/orders/{order_id}/stream",  # goes on
    "/session/oidc",  # leads away
    "/session/oidc/callback",
    "/session/oidc/end",
    "/enter",  # is there on the machine of who tries the product out
    "/console/clock",  # is there on a stack whose clock can be moved
    "/console/orders/{order_id}/workflow",  # leads away
    "/console/payouts/{payout_id}/workflow",
}


@dataclass(frozen=True)
class Market:
    """What the pages show, by the names in their addresses, and the browsers of who opens them."""

    names: dict[str, str]
    requests: dict[str, str]
    """What each of them asked for last."""

    visits: dict[str, Visit]


@pytest.fixture(scope="module")
async def market(app: AppUnderTest) -> AsyncIterator[Market]:
    """An order in dispute, with all that belongs to it."""
    play = await (await app.place_order()).reach("disputed")
    people = {
        "buyer": play.buyer,
        "seller": play.seller,
        "mediator": somebody("mediator", "mediator"),
        "operator": operator(),
    }
    refund = {"amount": 500, "currency": "EUR"}
    await play.act("propose_settlement", play.seller, {"refund": refund, "reason": "Half done."})
    await play.act("assign", people["operator"], {"mediator_id": people["mediator"].id})
    await play.act("release", people["mediator"], {"reason": "Ill today."})
    await play.act("assign", people["mediator"])
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(api.app, "provider_of", lambda _: PaperProvider())
        shop = await stack.enter_async_context(app.with_settings())
        visits = {
            name: await stack.enter_async_context(visiting(app, one, shop))
            for name, one in people.items()
        }
        names = await _names(app, play) | {
            "pay_in_id": await _pay_in(shop, play.buyer),
            "payout_id": await _payout(app, play.buyer),
        }
        yield Market(names, await _requests(app, play), visits)


async def _names(app: AppUnderTest, play: OrderInPlay) -> dict[str, str]:
    moved = await app.api.get(f"/v1/transfers?user_id={play.buyer.id}", OPERATOR)
    return {
        "order_id": play.order["id"],
        "service_id": play.service["id"],
        "transfer_id": moved.json()["items"][0]["id"],
        "endpoint_id": await endpoint_of(app),
        "user_id:path": play.buyer.id,
        "kind": "top_up",
        "buyer": play.buyer.id,
        "seller": play.seller.id,
    }


async def _pay_in(shop: ApiClient, buyer: Person) -> str:
    wanted = {"amount": 500, "currency": "EUR", "return_url": "https://shop.example.org/"}
    answer = await shop.post("/v1/pay-ins", buyer, wanted, key=f"pays-{buyer.id}")
    return str(answer.json()["id"])


async def _payout(app: AppUnderTest, buyer: Person) -> str:
    """A payout of theirs to an account that is ready."""
    account = PayoutAccount(f"account-{buyer.id}", AccountState.ACTIVE)
    new = NewRow(uuid4(), buyer.id, 100, "EUR", NAME, account.reference, PayoutState.PENDING)
    async with connection(app.pool) as acquired:
        await payout_accounts.note(acquired, NAME, buyer.id, account, datetime.now(UTC))
        await payouts.add(acquired, new)
    return str(new.id)


async def _requests(app: AppUnderTest, play: OrderInPlay) -> dict[str, str]:
    told = await app.api.events(play.order, OPERATOR)
    return {one["actor"]["role"]: one["request_id"] for one in told if one["request_id"]}


ACTIONS = {
    "buyer": "accept_settlement",
    "seller": "withdraw_settlement",
    "mediator": "resolve",
    "operator": "cancel",
}
"""What each of them could do at the order: what is shown first is what it would lead to."""


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
async def test_a_page_asks_no_more_than_it_may(market: Market, bound: Bound) -> None:
    path = f"{bound.route}{bound.query}".replace("{action}", ACTIONS[bound.by])
    own = {"request_id": market.requests[bound.by]} if bound.by in market.requests else {}
    for name, value in (market.names | own).items():
        path = path.replace(f"{{{name}}}", value)
    visit = market.visits[bound.by]
    await visit.get(path)  # what is asked once in the life of a process
    asked = await statements_of(visit, path)
    assert len(asked) <= SESSION + bound.most, "\n\n".join(asked)
    assert max(map(len, asked)) <= KEPT_STATEMENT_BYTES


def _routes() -> Iterator[str]:
    for module in ROUTES:
        for route in module.router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                yield route.path


def test_every_page_has_its_bound() -> None:
    assert set(_routes()) == {one.route for one in BOUNDS} | NO_PAGES
    assert max(one.most for one in BOUNDS) <= 2
