"""Who orders with too little money pays what is missing, and the order is placed by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from tests.api.pages.browser import Visit, visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.pay_in_forms import NEW, as_pay_in, poor
from tests.api.pages.test_console import heading
from tests.api.test_pay_ins import LAPSED, PAID, ended, started, tell
from tests.app_under_test import ApiClient, AppUnderTest, Json, Person, eventually
from tests.providers.paper import PaperProvider, said


@dataclass(frozen=True)
class Ordering:
    """Somebody with 15.00 EUR who looks at what an order of a service for 20.00 EUR would do."""

    buyer: Person
    service: Json
    visit: Visit
    look: httpx.Response

    @property
    def form(self) -> str:
        """Where the service's form leads."""
        return form_of(self.service)

    async def sends(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """What comes of the form of a page, with something in it otherwise."""
        return await send(self.visit, page.text, self.form, **fields)


def form_of(service: Json) -> str:
    """Where the form of a service leads."""
    return f"/services/{service['id']}/order"


@asynccontextmanager
async def ordering(
    app: AppUnderTest, shop: ApiClient, language: str = "en"
) -> AsyncIterator[Ordering]:
    """Opens the page of a service and sends its form."""
    buyer, service = await poor(app, shop, language)
    async with visiting(app, buyer, shop) as visit:
        page = (await visit.get(f"/services/{service['id']}")).text
        look = await send(visit, page, form_of(service), brief="Blue.")
        yield Ordering(buyer, service, visit, look)


async def test_what_is_missing_is_paid_and_the_order_is_placed(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    async with ordering(app, shop) as trade:
        assert "Pay €5.00 and order" in trade.look.text
        assert "€5.00 is missing in your wallet" in trade.look.text
        assert "your order is placed by itself" in trade.look.text
        begun = await trade.sends(trade.look, step="pay")
        assert 303 == begun.status_code
        where = begun.headers["Location"]
        await tell(shop, said(PAID, as_pay_in(where, 500)))
        placed = await eventually(
            lambda: shop.get(f"/v1/pay-ins/{as_pay_in(where)['id']}", trade.buyer),
            lambda one: one.json()["order_id"] is not None,
        )
        page = (await trade.visit.get(where)).text
        assert "€5.00 has come in, and your order is placed" == heading(page)
        assert f'href="/orders/{placed.json()["order_id"]}"' in page
        again = await trade.sends(trade.look, step="pay")
        assert where == again.headers["Location"]
    assert 1 == len({one.id for one in provider.asked if one.user_id == trade.buyer.id})
    assert 0 == await shop.balance(trade.buyer)
    order = await shop.order(placed.json()["order_id"], trade.buyer)
    assert ("pending", "Blue.") == (order["state"], order["brief"])


async def test_another_amount_that_is_missing_by_now_is_shown_first(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    async with ordering(app, shop) as trade:
        await shop.top_up(trade.buyer, 200)
        less = await trade.sends(trade.look, step="pay")
        assert 409 == less.status_code
        assert "Pay €3.00 and order" in less.text
        await shop.top_up(trade.buyer, 300)
        enough = await trade.sends(less, step="pay")
        assert "Order for €20.00" in enough.text
        assert [] == provider.asked
        for missing in ("", "0.01 EUR", "x", "5.00 USD"):
            odd = await trade.sends(trade.look, step="pay", missing=missing)
            assert 409 == odd.status_code
        assert [] == provider.asked


async def test_what_is_missing_may_be_less_than_the_provider_takes(
    app: AppUnderTest, shop: ApiClient, provider: PaperProvider
) -> None:
    async with ordering(app, shop) as trade:
        provider.refuses = "amount_too_small"
        refused = await trade.sends(trade.look, step="pay")
        assert 409 == refused.status_code
        assert "does not take such a payment" in refused.text
        assert f'href="{NEW}?currency=EUR"' in refused.text
        assert ("brief", "Blue.") in form_to(refused.text, trade.form).fields


@pytest.mark.parametrize(
    ("language", "because"), [("en", "had archived the service"), ("fr", "avait été archivé")]
)
async def test_an_order_that_is_not_possible_any_more_leaves_the_money_and_says_why(
    app: AppUnderTest, shop: ApiClient, language: str, because: str
) -> None:
    async with ordering(app, shop, language) as trade:
        begun = await trade.sends(trade.look, step="pay")
        where = begun.headers["Location"]
        await shop.post(
            f"/v1/services/{trade.service['id']}/archive", Person(trade.service["seller_id"])
        )
        await tell(shop, said(PAID, as_pay_in(where, 500)))
        kept = await eventually(
            lambda: shop.get(f"/v1/pay-ins/{as_pay_in(where)['id']}", trade.buyer),
            lambda one: one.json()["order_refused"] is not None,
        )
        assert because in (await trade.visit.get(where)).text
    assert "Idempotency-Key" not in kept.json()["order_refused"]
    assert 2_000 == await shop.balance(trade.buyer)


async def test_a_payment_with_an_order_that_nobody_pays_says_that_nothing_was_ordered(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer, service = await poor(app, shop)
    order = {"service_id": service["id"], "brief": "Blue."}
    pay_in = (await started(shop, buyer, order=order)).json()
    async with visiting(app, buyer, shop) as visit:
        where = f"/wallet/pay-ins/{pay_in['id']}"
        assert "your order is placed by itself" in (await visit.get(where)).text
        await tell(shop, said(LAPSED, pay_in))
        await ended(shop, buyer, pay_in, "lapsed")
        page = (await visit.get(where)).text
        assert "Your order was not placed either." in page
        assert "your order is placed by itself" not in page
        assert "Payments under way" not in (await visit.get("/wallet")).text
