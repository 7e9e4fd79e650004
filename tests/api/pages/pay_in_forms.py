"""Payments that people begin with the pages' forms."""

from tests.api.pages.browser import Visit
from tests.api.pages.form_filling import send
from tests.app_under_test import ApiClient, AppUnderTest, Json, Person, somebody

NEW = "/wallet/pay-ins/new"


async def begun(visit: Visit, **written: str) -> str:
    """A payment of 20.00 EUR that is asked for with the form; gives the address of its page."""
    page = (await visit.get(NEW)).text
    fields = {"amount": "20", "currency": "EUR", **written}
    answer = await send(visit, page, NEW, **fields)
    assert 303 == answer.status_code, answer.text
    return str(answer.headers["Location"])


def as_pay_in(address: str, amount: int = 2000) -> Json:
    """What the provider is told of a payment, by the address of its page."""
    money = {"amount": amount, "currency": "EUR"}
    return {"id": address.rpartition("/")[2], "amount": money}


async def poor(app: AppUnderTest, shop: ApiClient, language: str = "en") -> tuple[Person, Json]:
    """A buyer whose wallet holds 15.00 EUR, and a service for 20.00 EUR."""
    buyer = await app.says(somebody("buyer"), language)
    service = await shop.offer(somebody("seller"))
    await shop.top_up(buyer, 1_500)
    return buyer, service
