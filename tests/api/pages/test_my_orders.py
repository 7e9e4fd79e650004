"""My orders: what waits for its reader first; found again by state and by words."""

import re

from api.pages.routes import my_orders
from tests.api.pages.browser import Visit, visiting
from tests.app_under_test import OPERATOR, AppUnderTest, somebody

SCRIPT = "<script>alert(1)</script>"


async def page_of(visit: Visit, path: str = "/orders") -> str:
    answer = await visit.get(path)
    assert 200 == answer.status_code, answer.text
    return answer.text


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>([^<]+)</h2>", page)


async def test_who_has_no_orders_is_told_what_will_stand_there(app: AppUnderTest) -> None:
    async with visiting(app, somebody("new")) as visit:
        page = await page_of(visit)
        assert "What you order will stand here" in page
        assert 'href="/services?all=1"' in page
        assert 'type="search"' not in page
        assert 'class="tabs"' not in page


async def test_what_waits_for_its_reader_comes_first(app: AppUnderTest) -> None:
    seller = await app.says(somebody("seller"), "fr")
    for state in ("pending", "delivered", "completed"):
        placed = await app.api.offer(seller, title=f"Work {state}")
        buyer = somebody("buyer")
        await app.api.top_up(buyer, 5_000)
        body = {"service_id": placed["id"], "brief": "Blue."}
        answer = await app.api.post("/v1/orders", buyer, body, key=f"{buyer.id}-{state}")
        order = answer.json()
        for action, who in {
            "pending": [],
            "delivered": [("accept", seller), ("deliver", seller)],
            "completed": [("accept", seller), ("deliver", seller), ("complete", buyer)],
        }[state]:
            sent = {"message": "Here."} if action == "deliver" else None
            assert 200 == (await app.api.act(order, action, who, sent)).status_code
    async with visiting(app, seller) as visit:
        page = await page_of(visit)
        assert ["À vous de jouer", "En attente", "Terminées"] == headings(page)
        places = [page.index(f">Work {state}<") for state in ("pending", "delivered", "completed")]
        assert sorted(places) == places
        assert "sinon annulée" in page
        assert "sinon terminée" in page
        assert "20,00\u00a0€" in page
        assert 'class="tabs"' not in page


async def test_who_buys_and_sells_has_two_tabs(app: AppUnderTest) -> None:
    sold = await app.place_order(title="What I sell")
    bought = await app.api.offer(somebody("other"), title="What I buy")
    await app.api.top_up(sold.seller, 5_000)
    body = {"service_id": bought["id"], "brief": "Red."}
    await app.api.post("/v1/orders", sold.seller, body, key=f"both-{sold.seller.id}")
    async with visiting(app, sold.seller) as visit:
        assert ">What I sell<" in await page_of(visit)  # where something waits for them
        purchases = await page_of(visit, "/orders?as=purchases")
        assert 'href="/orders?as=sales"' in purchases
        assert ">What I buy<" in purchases
        assert ">What I sell<" not in purchases
        sales = await page_of(visit, "/orders?as=sales")
        assert ">What I sell<" in sales
        assert ">What I buy<" not in sales


async def test_orders_are_found_by_state_and_by_words(app: AppUnderTest) -> None:
    placed = await app.place_order(title="A fish for the door")
    async with visiting(app, placed.buyer) as visit:
        found = await page_of(visit, "/orders?q=fish&state=pending")
        assert ">A fish for the door<" in found
        assert "1 order found" in found
        for nothing in ("q=horse", "state=completed", "q=%00%00x", "state=ended&q=fish"):
            missing = await page_of(visit, f"/orders?{nothing}")
            assert ">A fish for the door<" not in missing
            assert "No order is like that." in missing
    async with visiting(app, somebody("stranger")) as visit:
        stranger = await page_of(visit, "/orders?q=fish")
        assert ">A fish for the door<" not in stranger


async def test_older_orders_are_on_further_pages(app: AppUnderTest) -> None:
    buyer, seller = somebody("regular"), somebody("seller")
    await app.api.top_up(buyer, 100_000)
    service = await app.api.offer(seller, title="Again")
    numbers = my_orders.PART + 2
    for number in range(numbers):
        body = {"service_id": service["id"], "brief": "Again."}
        await app.api.post("/v1/orders", buyer, body, key=f"{buyer.id}-{number}")
    async with visiting(app, buyer) as visit:
        first = await page_of(visit, "/orders?state=running")
        assert my_orders.PART == first.count(">Again<")
        onward = re.search(r'href="(/orders\?[^"]*cursor=[^"]*)" rel="next"', first)
        assert onward is not None
        rest = await page_of(visit, onward[1].replace("&amp;", "&"))
        assert 2 == rest.count(">Again<")
        assert 'rel="next"' not in rest
        grouped = await page_of(visit)
        assert numbers == grouped.count(">Again<")
        assert 'type="search"' in grouped


async def test_titles_and_words_are_never_markup(app: AppUnderTest) -> None:
    placed = await app.place_order(title=f"{SCRIPT}{'x' * 120} مرحبا 🐟")
    async with visiting(app, placed.seller) as visit:
        page = await page_of(visit, f"/orders?q={SCRIPT}")
        assert SCRIPT not in page
        page = await page_of(visit)
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "مرحبا 🐟" in page


async def test_a_list_says_who_sells_and_finds_by_it(app: AppUnderTest) -> None:
    placed = await app.place_order()
    body = {"name": "Théo <b>Martin</b>"}
    await app.api.call("PUT", f"/v1/users/{placed.seller.id}", OPERATOR, body)
    async with visiting(app, placed.buyer) as visit:
        for query in ("", "?q=theo", "?q=Martin+theo"):
            assert "Théo &lt;b&gt;Martin&lt;/b&gt;" in await page_of(visit, f"/orders{query}")


async def test_who_is_no_user_has_no_orders(app: AppUnderTest) -> None:
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        assert 403 == (await visit.get("/orders")).status_code
    async with visiting(app) as visit:
        assert 401 == (await visit.get("/orders")).status_code
