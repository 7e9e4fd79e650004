"""Operators find people by id and name, and see what belongs to them."""

import pytest

from tests.api.pages.browser import visiting
from tests.api.pages.test_console import heading, operator
from tests.app_under_test import OPERATOR, AppUnderTest, place_order, somebody

BAD = "Zoë <script>alert(1)</script>"


async def test_people_are_for_operators_alone(app: AppUnderTest) -> None:
    pages = ["/console/people", "/console/people/ana"]
    for who, status in ((somebody("m", "mediator"), 403), (somebody("u"), 403), (None, 401)):
        async with visiting(app, who) as visit:
            assert [(await visit.get(page)).status_code for page in pages] == [status] * 2


async def test_somebody_is_found_by_their_id_and_by_words_of_their_name(app: AppUnderTest) -> None:
    zoe = somebody("zoe")
    answer = await app.api.call("PUT", f"/v1/users/{zoe.id}", OPERATOR, {"name": BAD})
    assert answer.status_code == 200
    async with visiting(app, operator()) as visit:
        for q, is_there in (("zoe alert", True), (zoe.id, True), ("zoe nobody", False)):
            found = await visit.client.get("/console/people", params={"q": q})
            assert (f'href="/console/people/{zoe.id}"' in found.text) is is_there, q
            assert "<script>alert" not in found.text
        shown = await visit.get(f"/console/people/{zoe.id}")
    assert "<script>alert" not in shown.text
    assert "Zoë &lt;script&gt;" in heading(shown.text)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_page_has_both_sides_of_somebodys_orders(language: str, app: AppUnderTest) -> None:
    both = somebody("both")
    sold = await place_order(app.api, seller=both)
    await app.api.top_up(both, 5_000)
    body = {"service_id": (await app.place_order()).service["id"], "brief": "Please."}
    bought = await app.api.post("/v1/orders", both, body, key=f"buys-{both.id}")
    assert bought.status_code == 201
    async with visiting(app, operator()) as visit:
        shown = await visit.get(f"/console/people/{both.id}", Accept_Language=language)
        empty = await visit.get("/console/people", Accept_Language=language)
    assert (200, 200) == (shown.status_code, empty.status_code)
    for order in (sold.order["id"], bought.json()["id"]):
        assert f'href="/console/orders/{order}"' in shown.text
    assert "/console/transfers/" in shown.text


async def test_who_cannot_be_named_is_a_page(app: AppUnderTest) -> None:
    async with visiting(app, operator()) as visit:
        answer = await visit.get("/console/people/no/body")
        odd = await visit.client.get("/console/people", params={"q": "x" * 101})
    assert (422, 422) == (answer.status_code, odd.status_code)
    assert answer.headers["Content-Type"].startswith("text/html")
