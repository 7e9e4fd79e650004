"""Services on pages: offered, changed and archived by their sellers, ordered by others."""

import re

from tests.api.pages.browser import visiting
from tests.api.pages.form_filling import form_to, send
from tests.app_under_test import OPERATOR, AppUnderTest, Json, Person, somebody

SCRIPT = "<script>alert(1)</script>"
NEW = {"title": "A fish", "price": "20,50", "delivery_time": "3", "delivery_time_unit": "days"}


async def only_service(app: AppUnderTest, seller: Person) -> Json:
    answer = await app.api.get(f"/v1/services?seller_id={seller.id}", seller)
    (found,) = answer.json()["items"]
    service: Json = found
    return service


async def test_a_service_is_offered_once_however_often_its_form_is_sent(app: AppUnderTest) -> None:
    seller = somebody("seller")
    async with visiting(app, seller) as visit:
        page = (await visit.get("/services/new")).text
        for _ in range(2):
            answer = await send(visit, page, "/services/new", **NEW)
            assert 303 == answer.status_code
        service = await only_service(app, seller)
        assert f"/services/{service['id']}?done=offered" == answer.headers["Location"]
        assert ({"amount": 2050, "currency": "EUR"}, "P3D") == (
            service["price"],
            service["delivery_time"],
        )
        assert (None, "P3D", []) == (
            service["revisions_included"],
            service["revision_time"],
            service["extras"],
        )
        shown = (await visit.get(answer.headers["Location"])).text
        assert "Your service is on offer." in shown
        assert "You receive €16.40." in shown


async def test_extras_come_and_go_without_a_script(app: AppUnderTest) -> None:
    seller = somebody("seller")
    async with visiting(app, seller) as visit:
        page = (await visit.get("/services/new")).text
        two = page
        for _ in range(2):
            two = (await send(visit, two, "/services/new", **NEW, more="1")).text
        assert 2 == two.count('<fieldset class="extra">')
        assert 'value="A fish"' in two
        extras = {
            "extra_title": ["Files", ""],
            "extra_price": ["5", ""],
            "extra_time": ["12", ""],
            "extra_time_unit": ["hours", "days"],
        }
        assert 303 == (await send(visit, two, "/services/new", **extras)).status_code
        service = await only_service(app, seller)
        (extra,) = service["extras"]
        assert ("Files", 500, "PT12H") == (
            extra["title"],
            extra["price"]["amount"],
            extra["delivery_time"],
        )
        path = f"/services/{service['id']}"
        edit = (await visit.get(path)).text
        assert 303 == (await send(visit, edit, path, extra_title="All files")).status_code
        (same,) = (await only_service(app, seller))["extras"]
        assert (extra["id"], "All files") == (same["id"], same["title"])
        edit = (await visit.get(path)).text
        without = (await send(visit, edit, path, drop="0")).text
        assert '<fieldset class="extra">' not in without
        assert 303 == (await send(visit, without, path)).status_code
        assert [] == (await only_service(app, seller))["extras"]


async def test_what_cannot_be_read_comes_back_as_it_was_written(app: AppUnderTest) -> None:
    wrong: list[tuple[dict[str, str], str]] = [
        ({"title": "  "}, "field-service-title"),
        ({"price": "abc<b>"}, "field-service-price"),
        ({"price": "0"}, "field-service-price"),
        ({"price": "1,234"}, "field-service-price"),
        ({"price": "99999999999999"}, "field-service-price"),
        ({"delivery_time": "soon"}, "field-service-delivery_time"),
        ({"delivery_time": "0"}, "field-service-delivery_time"),
        ({"delivery_time": "9999999999"}, "field-service-delivery_time"),
        ({"delivery_time_unit": "aeons"}, "field-service-delivery_time"),
        ({"revision_time": "367"}, "field-service-revision_time"),
        ({"revisions_included": "-1"}, "field-service-revisions_included"),
        ({"revisions_included": "1001"}, "field-service-revisions_included"),
        ({"title": "x" * 201}, "field-service-title"),
        ({"title": "a\x00b"}, "field-service-title"),
        ({"description": "y" * 10_001}, "field-service-description"),
        ({"title": "\u200b"}, "field-service-title"),
    ]
    async with visiting(app, await app.says(somebody("seller"), "fr")) as visit:
        page = (await visit.get("/services/new")).text
        for fields, place in wrong:
            answer = await send(visit, page, "/services/new", **{**NEW, **fields})
            assert 422 == answer.status_code, fields
            assert "Pas encore enregistré" in answer.text
            assert f'href="#{place}"' in answer.text, fields
            assert "<b>" not in answer.text.partition('name="price"')[2][:80]
            kept = form_to(answer.text, "/services/new").fields
            for name, value in fields.items():
                if name != "delivery_time_unit":
                    assert (name, value) in kept
        bad = {"extra_title": "", "extra_price": "x", "extra_time": "1", "extra_time_unit": "days"}
        one = (await send(visit, page, "/services/new", **NEW, more="1")).text
        answer = await send(visit, one, "/services/new", **bad)
        assert 422 == answer.status_code
        for place in ("field-service-0-extra_title", "field-service-0-extra_price"):
            assert f'href="#{place}"' in answer.text
            assert f'id="{place}"' in answer.text


async def test_a_length_of_time_that_stays_is_what_it_was(app: AppUnderTest) -> None:
    seller = somebody("seller")
    service = await app.api.offer(seller, delivery_time="PT1H1S", revision_time="P2D")
    async with visiting(app, seller) as visit:
        path = f"/services/{service['id']}"
        page = (await visit.get(path)).text
        assert 303 == (await send(visit, page, path, title="Renamed")).status_code
    changed = await only_service(app, seller)
    assert ("Renamed", "PT1H1S", "P2D") == (
        changed["title"],
        changed["delivery_time"],
        changed["revision_time"],
    )
    assert service["extras"] == changed["extras"]


async def test_a_change_over_anothers_says_so_first(app: AppUnderTest) -> None:
    seller = somebody("seller")
    service = await app.api.offer(seller)
    path = f"/services/{service['id']}"
    async with visiting(app, seller) as visit:
        page = (await visit.get(path)).text
        await app.api.call("PATCH", f"/v1{path}", seller, {"title": "By hand"})
        answer = await send(visit, page, path, title="By page")
        assert 412 == answer.status_code
        assert 'value="By page"' in answer.text
        assert 303 == (await send(visit, answer.text, path)).status_code
        assert "By page" == (await only_service(app, seller))["title"]


async def test_a_service_is_archived_and_offered_again(app: AppUnderTest) -> None:
    seller, buyer = somebody("seller"), somebody("buyer")
    service = await app.api.offer(seller, title="On the shelf")
    path = f"/services/{service['id']}"
    async with visiting(app, seller) as visit:
        page = (await visit.get(path)).text
        assert 303 == (await send(visit, page, f"{path}/archive")).status_code
        own = (await visit.get("/services")).text
        assert "On the shelf" in own.partition('id="h-archived"')[2]
    async with visiting(app, buyer) as other:
        shown = await other.get(path)
        assert "takes no orders any more" in shown.text
        assert f'action="{path}/order"' not in shown.text
        for move in ("", "/archive", "/restore"):
            token = form_to((await other.get("/services/new")).text, "/services/new")
            fields = dict(token.fields)
            answer = await other.client.post(path + move, data={**fields, **NEW})
            assert 403 == answer.status_code
    async with visiting(app, Person(seller.id, ("user", "mediator"))) as visit:
        page = (await visit.get(path)).text
        assert 303 == (await send(visit, page, f"{path}/restore")).status_code
        assert not (await only_service(app, seller))["archived"]


async def test_what_a_seller_would_receive_is_said_while_they_write(app: AppUnderTest) -> None:
    async with visiting(app, somebody("seller")) as visit:
        page = (await visit.get("/services/new")).text
        for price, said in (("20", "You receive €16.00."), ("x", ""), ("-3", ""), ("", "")):
            answer = await send(visit, page, "/services/new", price=price, look="1")
            assert said in answer.text
            assert bool(said) == ("You receive €" in answer.text)
            fields = dict(form_to(page, "/services/new").fields) | {"price": price}
            part = await visit.client.post("/services/receive", data=fields)
            assert (200, bool(said)) == (part.status_code, said != "" and said in part.text)


async def test_an_order_is_foreseen_and_placed_once(app: AppUnderTest) -> None:
    seller, buyer = somebody("seller"), await app.says(somebody("buyer"), "fr")
    service = await app.api.offer(seller, title=f"Logo {SCRIPT}")
    await app.api.top_up(buyer, 10_000)
    path = f"/services/{service['id']}"
    async with visiting(app, buyer) as visit:
        page = (await visit.get(path)).text
        assert SCRIPT not in page
        extra = service["extras"][0]["id"]
        brief = f"Bleu. {SCRIPT}"
        look = await send(visit, page, f"{path}/order", brief=brief, extra=[extra])
        assert 200 == look.status_code
        assert SCRIPT not in look.text
        assert "Commander pour 25,00\u00a0€" in look.text
        assert "reçoit 20,00\u00a0€ et la place de marché 5,00\u00a0€" in look.text
        assert 10_000 == await app.api.balance(buyer)
        back = await send(visit, look.text, f"{path}/order", step="back")
        assert ("brief", brief) in form_to(back.text, f"{path}/order").fields
        assert ("extra", extra) in form_to(back.text, f"{path}/order").fields
        for _ in range(2):
            done = await send(visit, look.text, f"{path}/order", step="confirm")
            assert 303 == done.status_code
        assert 7_500 == await app.api.balance(buyer)
        order = await app.api.order(done.headers["Location"].removeprefix("/orders/"), buyer)
        assert (brief, 2_500) == (order["brief"], order["total"]["amount"])


async def test_too_little_money_says_how_much_is_missing(app: AppUnderTest) -> None:
    seller, buyer = somebody("seller"), somebody("buyer")
    service = await app.api.offer(seller)
    path = f"/services/{service['id']}"
    await app.api.top_up(buyer, 2_000)
    async with visiting(app, buyer) as visit:
        page = (await visit.get(path)).text
        extra = service["extras"][0]["id"]
        poor = await send(visit, page, f"{path}/order", brief="Blue.", extra=[extra])
        assert "your wallet holds €20.00: €5.00 is missing" in poor.text
        assert 'value="confirm"' not in poor.text
        enough = await send(visit, page, f"{path}/order", brief="Blue.")
        body = {"amount": 500, "currency": "EUR"}
        paid = f"/v1/wallets/{buyer.id}/payouts"
        await app.api.post(paid, OPERATOR, body, key=f"out-{buyer.id}")
        late = await send(visit, enough.text, f"{path}/order", step="confirm")
        assert 402 == late.status_code
        assert "€5.00 is missing" in late.text
        await app.api.top_up(buyer, 500)
        again = await send(visit, late.text, f"{path}/order", step="look")
        done = await send(visit, again.text, f"{path}/order", step="confirm")
        assert 303 == done.status_code


async def test_a_service_that_changed_meanwhile_says_what_changed(app: AppUnderTest) -> None:
    seller, buyer = somebody("seller"), somebody("buyer")
    service = await app.api.offer(seller)
    path = f"/services/{service['id']}"
    await app.api.top_up(buyer, 10_000)
    async with visiting(app, buyer) as visit:
        page = (await visit.get(path)).text
        look = await send(visit, page, f"{path}/order", brief="Blue.")
        await app.api.call("PATCH", f"/v1{path}", seller, {"price": {"amount": 2500}})
        for form, fields in ((look.text, {"step": "confirm"}), (page, {"brief": "Blue."})):
            answer = await send(visit, form, f"{path}/order", **fields)
            assert 412 == answer.status_code
            assert "Price: was €20.00, is now €25.00." in answer.text
            assert ("brief", "Blue.") in form_to(answer.text, f"{path}/order").fields
        assert 10_000 == await app.api.balance(buyer)
        anew = await send(visit, answer.text, f"{path}/order")
        assert "Order for €25.00" in anew.text
        await app.api.post(f"/v1{path}/archive", seller)
        gone = await send(visit, anew.text, f"{path}/order", step="confirm")
        assert 409 == gone.status_code


async def test_bad_orders_are_told_and_keep_what_was_written(app: AppUnderTest) -> None:
    service = await app.api.offer(somebody("seller"))
    path = f"/services/{service['id']}"
    async with visiting(app, somebody("buyer")) as visit:
        page = (await visit.get(path)).text
        for brief in ("", "  ", "x" * 10_001, "a\x00b"):
            answer = await send(visit, page, f"{path}/order", brief=brief)
            assert 422 == answer.status_code
            assert 'id="field-order-brief-error"' in answer.text
        for extra in (["nonsense"], [service["extras"][0]["id"]] * 2, [service["id"]]):
            answer = await send(visit, page, f"{path}/order", brief="Blue.", extra=extra)
            assert 422 == answer.status_code
            assert ">\nBlue.</textarea>" in answer.text
        for seen in ("", "x", "-1", "9" * 30):
            answer = await send(visit, page, f"{path}/order", brief="Blue.", seen=seen)
            assert answer.status_code in (200, 412, 422)


async def test_what_takes_too_long_for_the_money_to_be_held_says_so(app: AppUnderTest) -> None:
    service = await app.api.offer(somebody("seller"))
    path = f"/services/{service['id']}"
    async with (
        app.with_settings(holding_limit="P29D") as limited,
        visiting(app, somebody("buyer"), limited) as visit,
    ):
        page = (await visit.get(path)).text
        answer = await send(visit, page, f"{path}/order", brief="Blue.")
    assert 422 == answer.status_code
    assert "This takes 3 days to deliver, and an order may take 2 days at most" in answer.text
    assert ">\nBlue.</textarea>" in answer.text


async def test_services_are_found_by_all_and_by_seller(app: AppUnderTest) -> None:
    seller = somebody("seller")
    service = await app.api.offer(seller, title=f"{SCRIPT}مرحبا")
    async with visiting(app, somebody("looker")) as visit:
        for path in ("/services", f"/services?all=1&seller={seller.id}"):
            page = (await visit.get(path)).text
            assert SCRIPT not in page
            assert f'href="/services/{service["id"]}"' in page
        assert "Nothing is on offer here yet." in (await visit.get("/services?seller=nobody")).text
        for nothing in ("/services/nonsense", f"/services/{somebody('x').id}"):
            assert 404 == (await visit.get(nothing)).status_code
        first = (await visit.get("/services?all=1")).text
        assert re.search(r'<article class="card good-card">', first)


async def test_ones_own_services_say_how_often_they_were_sold(app: AppUnderTest) -> None:
    placed = await app.place_order(title="Sold once")
    async with visiting(app, placed.seller) as visit:
        page = (await visit.get("/services")).text
    row = page.partition(">Sold once<")[2].partition("</tr>")[0]
    assert 'data-label="Times sold">1</td>' in row
    assert "Listed among the first" in row
    assert "€20.00" in row
