"""A page of an order that is open: it hears that the order has moved, asks for what is new, and has
papers to take along."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from api.pages.deadline_file import LONGEST_LINE
from tests.api.conftest import OrderIn
from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.test_order_page import ODD, in_french, path, words
from tests.app_under_test import AppUnderTest, OrderInPlay

REGIONS = ["head", "situation", "owed", "actions", "conversation", "story", "facts"]


async def moved(
    visit: Visit, play: OrderInPlay, after: str, last: str | None = None
) -> AsyncGenerator[str, None]:
    """The ids of a stream's events."""
    headers = {"Last-Event-ID": last} if last else {}
    address = path(play, f"/stream?after={after}")
    async with visit.client.stream("GET", address, headers=headers) as answer:
        assert 200 == answer.status_code
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        name = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                assert "moved" == name
                yield value


async def test_a_step_and_a_message_of_the_other_side_are_heard(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("pending")
    async with visiting(app, play.buyer) as visit:
        since = hidden((await visit.get(path(play))).text, "since")
        assert "1.0" == since
        async with aclosing(moved(visit, play, since)) as heard:
            await play.act("accept", play.seller)
            assert "2.0" == await anext(heard)
            url = f"/v1/orders/{play.order['id']}/messages"
            await app.api.post(url, play.seller, {"text": "I begin."})
            assert "2.1" == await anext(heard)
        for last in ("2.0", "1.0", "nonsense", "99999999999.1"):
            async with aclosing(moved(visit, play, "2.1", last)) as heard:
                assert "2.1" == await anext(heard)


async def news(visit: Visit, play: OrderInPlay, since: str) -> str:
    answer = await visit.get(path(play, f"?part=live&since={since}"), HX_Request="true")
    assert 200 == answer.status_code
    return answer.text


async def test_every_region_is_drawn_anew_and_the_other_sides_deed_is_said(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("pending")
    async with visiting(app, play.buyer) as visit, visiting(app, play.seller) as other:
        since = hidden((await visit.get(path(play))).text, "since")
        await play.act("accept", play.seller)
        mine, theirs = await news(visit, play, since), await news(other, play, since)
        for html in (mine, theirs):
            parts = re.split("<hx-partial", html)
            for region in REGIONS:
                (one,) = [found for found in parts if f'hx-target="#{region}"' in found]
                assert f' id="{region}"' in one
            assert "2.0" == hidden(html, "since")
        assert "The seller accepted the order." in toast(mine)
        assert 'href="#situation"' in mine
        assert "" == toast(theirs)
        assert "" == toast(await news(visit, play, "2.0"))
        url = f"/v1/orders/{play.order['id']}/messages"
        await app.api.post(url, play.seller, {"text": "I begin."})
        said = await news(visit, play, "2.0")
        assert "The seller wrote to you." in toast(said)
        assert 'href="#conversation"' in said
        await in_french(visit)
        assert "vous a écrit." in toast(await news(visit, play, "2.0"))


def toast(html: str) -> str:
    found = re.search(r'(?s)hx-target="#toast".*?</hx-partial>', html)
    return words(found[0]) if found else ""


async def test_a_region_asked_for_as_a_page_is_the_page(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("pending")
    async with visiting(app, play.buyer) as visit:
        assert "<!doctype html>" in (await visit.get(path(play, "?part=live"))).text


def unfolded(text: str) -> dict[str, str]:
    """The lines of a calendar's event by their names."""
    for line in text.split("\r\n"):
        assert len(line.encode()) <= LONGEST_LINE
    lines = text.replace("\r\n ", "").split("\r\n")
    assert ["BEGIN:VCALENDAR", "END:VCALENDAR", ""] == [lines[0], *lines[-2:]]
    event = lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT")]
    return dict(one.split(":", 1) for one in event)


@pytest.mark.parametrize("title", [*ODD.values(), "A; B, C\\D"], ids=[*ODD, "signs"])
async def test_the_deadline_is_a_file_that_calendars_take(app: AppUnderTest, title: str) -> None:
    play = await app.place_order(title=title)
    async with visiting(app, play.buyer) as visit:
        answer = await visit.get(path(play, "/deadline.ics"))
        first = unfolded(answer.text)
        await play.act("accept", play.seller)
        second = unfolded((await visit.get(path(play, "/deadline.ics"))).text)
    assert "text/calendar; charset=utf-8" == answer.headers["Content-Type"]
    written = title.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert f"Deadline: {written}" == first["SUMMARY"]
    assert first["UID"] == second["UID"] == f"order-{play.order['id']}@sequestre"
    assert int(first["SEQUENCE"]) < int(second["SEQUENCE"])
    at = re.sub(r"[-:]|\.\d+", "", play.order["deadline"]["at"])
    assert at == second["DTSTART"] != first["DTSTART"]


async def test_an_order_without_a_deadline_has_no_such_file(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("completed")
    async with visiting(app, play.buyer) as visit:
        assert 404 == (await visit.get(path(play, "/deadline.ics"))).status_code


async def test_the_case_can_be_taken_along(app: AppUnderTest, order_in: OrderIn) -> None:
    play = await order_in("disputed")
    async with visiting(app, play.seller) as visit:
        answer = await visit.get(path(play, "/case.json"))
    assert 200 == answer.status_code
    assert "attachment" in answer.headers["Content-Disposition"]
    (part,) = json.loads(answer.text)
    assert play.order["id"] == part["order"]["id"]
    assert ["Here it is."] == [one["fields"]["message"] for one in part["deliveries"]]
