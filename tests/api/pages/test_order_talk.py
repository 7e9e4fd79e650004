"""What is said on an order, from its page: written once, read when it is looked at, never lost."""

import re
from html import unescape
from typing import Any

import pytest

from db import order_page
from tests.api.conftest import AnotherApi, OrderIn
from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.test_order_page import part, path
from tests.api.spoiled_rows import changed
from tests.app_under_test import AppUnderTest, Json, OrderInPlay, Person

TOO_LONG = "x" * 10_001


async def sent(visit: Visit, play: OrderInPlay, text: str, **more: Any) -> Any:
    """A message, sent with the form of the page."""
    page = (await visit.get(path(play))).text
    fields = {name: hidden(page, name) for name in ("made_for", "key")}
    return await visit.client.post(path(play, "/messages"), data={**fields, "text": text, **more})


async def said(app: AppUnderTest, play: OrderInPlay, who: Person) -> list[Json]:
    answer = await app.api.get(f"/v1/orders/{play.order['id']}/messages", who)
    found: list[Json] = answer.json()["items"]
    return found


async def test_what_is_written_stands_on_both_pages(app: AppUnderTest, order_in: OrderIn) -> None:
    play = await order_in("in_progress")
    async with visiting(app, play.buyer) as visit:
        links = ["https://files.example/a.png", "", "https://files.example/"]
        answer = await sent(visit, play, "Which blue?\nThe light one?", links=links)
        assert (303, path(play, "#message-1")) == (
            answer.status_code,
            answer.headers["Location"],
        )
        page = (await visit.get(path(play))).text
        assert '<li id="message-1" class="own">' in page
        assert 'href="https://files.example/a.png"' in page
        assert "unread" not in part(page, "talk")
    assert [links[0], links[2]] == (await said(app, play, play.seller))[0]["links"]
    async with visiting(app, play.seller) as visit:
        page = (await visit.get(path(play))).text
    assert '<li id="message-1" class="other">' in page
    assert "1 unread message" in part(page, "talk")


async def test_a_form_that_is_sent_twice_says_it_once(app: AppUnderTest, order_in: OrderIn) -> None:
    play = await order_in("in_progress")
    async with visiting(app, play.buyer) as visit:
        page = (await visit.get(path(play))).text
        fields = {"made_for": hidden(page, "made_for"), "key": hidden(page, "key"), "text": "Once."}
        for _ in range(2):
            answer = await visit.client.post(path(play, "/messages"), data=fields)
            assert 303 == answer.status_code
    assert 1 == len(await said(app, play, play.buyer))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"text": " \n "}, "Please write something here."),
        ({"text": TOO_LONG}, "Please shorten this to 10,000 characters."),
        ({"text": "See:", "links": ["ftp://x"]}, "Each link has to be a whole web address"),
        ({"text": "See:", "links": ["https://x.example/"] * 21}, "There can be 20 links at most."),
    ],
    ids=["nothing", "too long", "no link", "too many links"],
)
async def test_what_cannot_be_sent_stands_in_the_form_again(
    app: AppUnderTest, order_in: OrderIn, fields: Json, wrong: str
) -> None:
    play = await order_in("in_progress")
    async with visiting(app, play.buyer) as visit:
        answer = await sent(visit, play, **fields)
        assert 422 == answer.status_code
        page = unescape(answer.text)
    assert wrong in page
    assert f">\n{fields['text']}</textarea>" in page
    for link in fields.get("links", []):
        assert f'value="{link}"' in page
    assert [] == await said(app, play, play.buyer)


async def test_too_many_messages_are_refused_and_none_is_lost(
    app: AppUnderTest, another_api: AnotherApi, order_in: OrderIn
) -> None:
    play = await order_in("in_progress")
    async with visiting(app, play.buyer, await another_api(max_messages=1)) as visit:
        assert 303 == (await sent(visit, play, "The first.")).status_code
        answer = await sent(visit, play, "The second.")
    assert 429 == answer.status_code
    assert ">\nThe second.</textarea>" in answer.text


async def test_looking_at_the_page_marks_nothing_and_its_button_does(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("in_progress")
    for text in ("One.", "Two."):
        url = f"/v1/orders/{play.order['id']}/messages"
        assert 201 == (await app.api.post(url, play.buyer, {"text": text})).status_code
    async with visiting(app, play.seller) as visit:
        for _ in range(2):
            page = (await visit.get(path(play))).text
            assert "2 unread messages" in part(page, "talk")
        fields = {"made_for": hidden(page, "made_for"), "up_to": hidden(page, "up_to")}
        assert "2" == fields["up_to"]
        answer = await visit.client.post(path(play, "/messages/read"), data=fields)
        assert 303 == answer.status_code
        page = (await visit.get(path(play))).text
        assert "unread" not in part(page, "talk")
        assert "Mark as read" not in page
        for number in ("99", "x", "", "0"):
            fields["up_to"] = number
            answer = await visit.client.post(path(play, "/messages/read"), data=fields)
            assert 404 == answer.status_code
    assert 0 == (await app.api.order(play.order["id"], play.seller))["unread_messages"]


async def test_the_first_unread_message_is_marked(app: AppUnderTest, order_in: OrderIn) -> None:
    play = await order_in("in_progress")
    url = f"/v1/orders/{play.order['id']}/messages"
    for who, text in ((play.buyer, "One."), (play.seller, "Two."), (play.buyer, "Three.")):
        await app.api.post(url, who, {"text": text})
    await app.api.post(f"{url}/read", play.seller, {"up_to": "1"})
    async with visiting(app, play.seller) as visit:
        told = part((await visit.get(path(play))).text, "talk")
    assert re.search(r"Two\. 1 unread message .*Three\.", told)


async def test_a_long_talk_is_shown_in_parts(app: AppUnderTest, order_in: OrderIn) -> None:
    play = await order_in("in_progress")
    for number in range(1, 36):
        url = f"/v1/orders/{play.order['id']}/messages"
        await app.api.post(url, play.buyer, {"text": f"Message {number}."})
    async with visiting(app, play.seller) as visit:
        page = (await visit.get(path(play))).text
        assert [*range(6, 36)] == [int(n) for n in re.findall(r'id="message-(\d+)"', page)]
        page = (await visit.get(path(play, "?talk=6"))).text
        assert [*range(1, 6)] == [int(n) for n in re.findall(r'id="message-(\d+)"', page)]
        assert "See what was said before" not in page


async def test_a_month_after_the_end_nobody_writes_and_the_page_says_why(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("completed")
    doc = "jsonb_set(doc, '{updated_at}', '\"2020-01-01T00:00:00Z\"')"
    async with visiting(app, play.buyer) as visit:
        form = (await visit.get(path(play))).text
        fields = {name: hidden(form, name) for name in ("made_for", "key")}
        async with changed(app, "orders", f"id = '{play.order['id']}'", doc=doc):
            page = (await visit.get(path(play))).text
            late = await visit.client.post(
                path(play, "/messages"), data={**fields, "text": "Too late."}
            )
    assert "One could write on this order until" in part(page, "talk")
    assert "<textarea" not in page
    assert 409 == late.status_code
    assert "Too late.</blockquote>" in late.text


async def test_a_part_of_which_nothing_can_be_read_leads_to_what_was_said_before(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = await order_in("in_progress")
    for text in ("The first.", "The second."):
        address = f"/v1/orders/{play.order['id']}/messages"
        assert 201 == (await app.api.post(address, play.seller, {"text": text})).status_code
    monkeypatch.setattr(order_page, "PART", 1)
    where = f"order_id = '{play.order['id']}' AND number = 2"
    spoiled = changed(app, "messages", where, author_role="'clerk'")
    async with visiting(app, play.buyer) as visit, spoiled:
        page = (await visit.get(path(play))).text
        assert "Nothing has been said yet" not in part(page, "talk")
        earlier = re.search(r'href="([^"#]*talk=[^"#]*)', page)
        assert earlier is not None
        before = await visit.get(unescape(earlier[1]))
    assert "The first." in part(before.text, "talk")
