"""The inbox: by the day, unread first to be seen, and read up to what was shown."""

import re

import httpx

from api.pages.routes import inbox
from db import wallet_notices
from db.pool import connection
from tests.api.pages.browser import visiting
from tests.api.pages.form_filling import form_to, send
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    AppUnderTest,
    Person,
    eventually,
    somebody,
)

SCRIPT = "<script>alert(1)</script>"


async def test_an_empty_inbox_says_what_will_stand_there(app: AppUnderTest) -> None:
    async with visiting(app, somebody("new")) as visit:
        page = (await visit.get("/inbox")).text
        assert "What happens on your orders will be told here" in page
        assert 'action="/inbox/read"' not in page


async def test_notices_lead_to_their_order_and_are_read_up_to_what_was_shown(
    app: AppUnderTest,
) -> None:
    placed = await app.place_order(title=f"Logo {SCRIPT}")
    seller = await app.says(placed.seller, "fr")
    async with visiting(app, seller) as visit:
        await eventually(lambda: visit.get("/inbox"), lambda one: 'class="unread"' in one.text)
        page = (await visit.get("/inbox")).text
        assert SCRIPT not in page
        assert f'href="/orders/{placed.order["id"]}"' in page
        assert "1 non lu" in page
        day = re.search(r'<h2 id="h-1">([^<]+)</h2>', page)
        assert day is not None
        message = {"text": "Quand ?"}
        await app.api.post(f"/v1/orders/{placed.order['id']}/messages", placed.buyer, message)
        assert 303 == (await send(visit, page, "/inbox/read")).status_code
        after = (await visit.get("/inbox")).text
        assert 1 == after.count('<li class="unread">')
        assert f'href="/orders/{placed.order["id"]}#talk"' in after
        assert "L’acheteur écrit\u00a0: «\u00a0Quand\u00a0?\u00a0»" in after.replace(
            " ?", "\u00a0?"
        )
        assert 303 == (await send(visit, after, "/inbox/read")).status_code
        assert "Tout est lu." in (await visit.get("/inbox")).text
        fields = dict(form_to(after, "/inbox/read").fields)
        for nonsense in ("", "x", "-1", "9" * 30):
            answer = await visit.client.post("/inbox/read", data={**fields, "up_to": nonsense})
            assert 404 == answer.status_code


async def test_a_mark_needs_a_form_of_ones_own(app: AppUnderTest) -> None:
    async with visiting(app, somebody("careful")) as visit:
        answer = await visit.client.post("/inbox/read", data={"up_to": "1"})
        assert 403 == answer.status_code


async def test_what_a_wallet_tells_leads_to_it(app: AppUnderTest) -> None:
    who = somebody("reversed")
    body = {"amount": 500, "currency": "EUR"}
    paid = await app.api.post(f"/v1/wallets/{who.id}/top-ups", OPERATOR, body, key=f"r-{who.id}")
    path = f"/v1/transfers/{paid.json()['id']}/reverse"
    await app.api.post(path, OPERATOR, {"reason": SCRIPT}, key=f"rr-{who.id}")
    async with visiting(app, who) as visit:
        page = (await visit.get("/inbox")).text
        assert '<a href="/wallet"><span class="vh">Unread:' in page
        assert SCRIPT not in page


async def test_older_notices_are_on_further_pages(app: AppUnderTest) -> None:
    who = somebody("told")
    for number in range(inbox.PART + 1):
        body = {"amount": 500, "currency": "EUR"}
        path = f"/v1/wallets/{who.id}/top-ups"
        paid = await app.api.post(path, OPERATOR, body, key=f"p{number}-{who.id}")
        path = f"/v1/transfers/{paid.json()['id']}/reverse"
        await app.api.post(path, OPERATOR, {"reason": "Again."}, key=f"q{number}-{who.id}")
    async with visiting(app, who) as visit:
        first = (await visit.get("/inbox")).text
        assert inbox.PART == first.count('<li class="unread">')
        onward = re.search(r'href="(/inbox\?cursor=[^"]*)" rel="next"', first)
        assert onward is not None
        rest = (await visit.get(onward[1])).text
        assert 1 == rest.count('<li class="unread">')
        assert 'action="/inbox/read"' not in rest


async def test_who_mediates_is_led_to_the_case(app: AppUnderTest) -> None:
    placed = await app.place_order()
    await placed.reach("disputed")
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        page = await eventually(
            lambda: visit.get("/inbox"), lambda one: placed.order["id"] in one.text
        )
        assert f'href="/disputes/{placed.order["id"]}"' in page.text


async def test_every_page_tells_how_much_is_unread(app: AppUnderTest) -> None:
    """As the inbox counts it itself, of one's own notices and of those for all who have a role."""
    play = await (await app.place_order()).reach("disputed")
    for who in (play.buyer, play.seller, somebody("m", "mediator")):
        async with visiting(app, who) as visit:
            told = (await app.api.get("/v1/notifications", who)).json()
            assert told["unread"] > 0
            assert told_in_menu(await visit.get("/settings")) == in_words(told["unread"])
            first = f"/v1/notifications/{told['items'][0]['id']}/read"
            await app.api.post(first, who)
            left = (await app.api.get("/v1/notifications", who)).json()["unread"]
            assert told_in_menu(await visit.get("/settings")) == in_words(left)


async def test_the_menu_tells_support_what_operators_are_told(app: AppUnderTest) -> None:
    async with app.with_settings(assignment_window="PT1S") as hasty:
        play = await (await app.place_order(api=hasty)).reach("disputed")
    support, play.api = somebody("s", "support"), app.api

    async def unread() -> int:
        told: int = (await app.api.get("/v1/notifications", support)).json()["unread"]
        return told

    await eventually(unread)
    await play.act("resolve", MEDIATOR, {"outcome": "refund", "reasons": "None."})
    async with visiting(app, support) as visit:
        assert told_in_menu(await visit.get("/settings")) == in_words(await unread())


async def test_no_more_is_counted_than_is_told(app: AppUnderTest) -> None:
    who = somebody("behind")
    numbers = [await reversed_top_up(app, who, number) for number in range(2)]
    assert len(set(numbers)) == 2
    async with visiting(app, who) as visit:
        assert told_in_menu(await visit.get("/settings")) == "2"
        async with connection(app.pool) as acquired:
            found = await acquired.fetchval(
                f"SELECT count(*) FROM ({wallet_notices.unread_ones('$1', '$2')}) AS few",
                who.id,
                1,
            )
    assert found == 1


async def reversed_top_up(app: AppUnderTest, who: Person, number: int) -> str:
    """Tells somebody's wallet something."""
    body = {"amount": 500, "currency": "EUR"}
    at, key = f"/v1/wallets/{who.id}/top-ups", f"u-{who.id}-{number}"
    paid = (await app.api.post(at, OPERATOR, body, key=key)).json()["id"]
    path = f"/v1/transfers/{paid}/reverse"
    answer = await app.api.post(path, OPERATOR, {"reason": "Twice."}, key=f"r{key}")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def in_words(n: int) -> str:
    return "99+" if n > 99 else str(n) if n else ""


def told_in_menu(page: httpx.Response) -> str:
    """The number beside the way to the inbox."""
    found = re.search(r'href="/inbox"[^>]*>[^<]*<span class="count">([^<]*)<', page.text)
    return found[1] if found else ""
