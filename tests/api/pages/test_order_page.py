"""The page of an order shows its two parties where it stands, and nobody else anything."""

import re
from html import unescape

import asyncpg
import pytest

from tests.api.conftest import OrderIn
from tests.api.pages.browser import Visit, visiting
from tests.api.spoiled_rows import changed
from tests.app_under_test import MEDIATOR, OPERATOR, AppUnderTest, OrderInPlay, Person, somebody
from tests.contract import FINAL, WAITS_FOR, WAY
from tests.serving import serving

SIDES = ("buyer", "seller")
MISSING = re.compile(r"%\(\w+\)s|\{\{|\bNone\b|Undefined")
SCRIPT = "<script>alert('x')</script>"
ODD = {
    "long": "W" * 120,
    "Arabic": "شعار لمخبز الحي في شارع الزنابق",
    "emoji": "🥐" * 60,
    "script": f"{SCRIPT} logo",
}


def words(page: str) -> str:
    """What somebody reads on a page."""
    body = re.sub(r"(?s)<(script|svg|head)\b.*?</\1>", " ", page)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))).replace("\xa0", " ").strip()


def part(page: str, name: str) -> str:
    """What somebody reads of a region of a page."""
    regions = re.split(r'(?=<\w+ id="(?:head|situation|live|owed|actions|talk|story|facts)")', page)
    return next((words(one) for one in regions if re.match(rf'<\w+ id="{name}"', one)), "")


def title(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page)
    return unescape(found[1]).replace("\xa0", " ") if found else ""


def path(play: OrderInPlay, more: str = "") -> str:
    return f"/orders/{play.order['id']}{more}"


def side(play: OrderInPlay, role: str) -> Person:
    person: Person = getattr(play, role)
    return person


async def in_french(visit: Visit) -> None:
    await visit.client.post("/preferences/language", data={"language": "fr", "next": "/"})


async def opened(app: AppUnderTest, play: OrderInPlay, role: str, more: str = "") -> str:
    """The page as one of the two sees it."""
    async with visiting(app, side(play, role)) as visit:
        answer = await visit.get(path(play, more))
    assert 200 == answer.status_code
    return answer.text


@pytest.mark.parametrize("role", SIDES)
@pytest.mark.parametrize("state", WAY)
async def test_both_sides_see_every_state_in_both_languages(
    app: AppUnderTest, order_in: OrderIn, state: str, role: str
) -> None:
    play = await order_in(state)
    async with visiting(app, side(play, role)) as visit:
        english = await visit.get(path(play))
        await in_french(visit)
        french = await visit.get(path(play))
    for answer, yours in ((english, "Your move: "), (french, "À vous de jouer : ")):
        assert 200 == answer.status_code
        assert [] == MISSING.findall(words(answer.text))
        assert 1 == answer.text.count("<h1")
        assert (WAITS_FOR.get(state) == role) is title(answer.text).startswith(f"{yours}A logo")
    assert words(english.text) != words(french.text)
    assert ("/actions/" in english.text) is (state not in FINAL)
    assert ("deadline.ics" in english.text) is (state not in FINAL)


async def test_money_is_shown_to_the_cent_before_the_end_and_after(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("delivered")
    async with visiting(app, play.buyer) as visit:
        before = part((await visit.get(path(play))).text, "situation")
        await play.act("complete", play.buyer)
        to_buyer = part((await visit.get(path(play))).text, "situation")
    to_seller = part(await opened(app, play, "seller"), "situation")
    assert "You paid €20.00 In escrow €20.00 Next to be decided" in before
    assert "goes to The seller €16.00 Commission €4.00" in before
    assert "Left escrow €20.00 Back to you €0.00" in to_buyer
    assert "The buyer paid €20.00 Left escrow €20.00 Paid to you €16.00" in to_seller
    assert "You completed the order." in to_buyer
    assert "The buyer completed the order." in to_seller


async def test_what_asks_for_an_answer_is_said_in_the_words_of_the_other_side(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    said = {
        ("delivered", "buyer"): "Delivery 1 Here it is.",
        ("revision_requested", "seller"): "Bluer, please.",
        ("revision_refused", "buyer"): "The ground: Not precise enough How?",
        ("disputed", "seller"): "It is not blue.",
    }
    for (state, role), text in said.items():
        play = await order_in(state)
        assert text in part(await opened(app, play, role), "owed"), (state, role)
        other = "seller" if role == "buyer" else "buyer"
        assert text not in part(await opened(app, play, other), "owed"), (state, other)


async def test_own_deeds_are_told_in_the_second_person(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("revision_refused")
    mine = part(await opened(app, play, "seller"), "story")
    theirs = part(await opened(app, play, "buyer"), "story")
    assert "You refused the revision." in mine
    assert "The seller refused the revision." in theirs
    assert "You asked for a revision." in theirs
    assert mine.index("refused the revision") < mine.index("placed the order")
    assert "delivery 1" in mine


async def test_a_refused_attempt_is_told_hollow_with_the_rule_that_refused_it(
    app: AppUnderTest,
) -> None:
    play = await (await app.place_order()).reach("in_progress")
    refused = await app.api.act(play.order, "cancel", play.buyer)
    assert 409 == refused.status_code
    page = await opened(app, play, "seller")
    assert re.search(r'<li id="entry-3" class="no">', page)
    told = part(page, "story")
    assert "The buyer tried to cancel the order, and nothing changed. no effect" in told
    assert "The order is not late: your time to deliver still runs." in told


async def test_a_long_story_is_told_in_parts_from_either_end(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("in_progress")
    for _ in range(40):
        await app.api.act(play.order, "cancel", play.buyer)
    async with visiting(app, play.buyer) as visit:
        for start, first, last in (("", 42, 1), ("?story=oldest", 1, 42)):
            seen: list[int] = []
            address = path(play, start)
            while address:
                page = (await visit.get(address)).text
                found = [int(one) for one in re.findall(r'<li id="entry-(\d+)"', page)]
                assert 0 < len(found) <= 30
                seen += found
                link = re.search(r'href="([^"]*(?:before|after)=\d+)#story">See ', page)
                address = unescape(link[1]) if link else ""
            step = 1 if first < last else -1
            assert list(range(first, last + step, step)) == seen
        assert "See the 12 before" in (await visit.get(path(play))).text


async def test_a_story_of_five_hundred_entries_is_shown_like_any(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("in_progress")
    owner = await asyncpg.connect(app.database_url)
    await owner.execute(
        "INSERT INTO events (order_id, seq, at, actor, action, accepted, code, reason, state,"
        " version) SELECT order_id, seq + n, at, actor, 'cancel', false, 'action-not-allowed', 'x',"
        " state, version FROM events, generate_series(1, 500) AS n WHERE order_id = $1 AND seq = 2",
        play.order["id"],
    )
    await owner.execute(
        "UPDATE orders SET events = events + 500 WHERE id = $1::text::uuid", play.order["id"]
    )
    await owner.close()
    page = await opened(app, play, "buyer")
    assert 30 == len(re.findall(r'<li id="entry-\d+"', page))
    assert "See the 472 before" in page


@pytest.mark.parametrize("title_", ODD.values(), ids=list(ODD))
async def test_odd_texts_stand_on_the_page_as_they_were_written(
    app: AppUnderTest, title_: str
) -> None:
    text = f"{title_}\n{SCRIPT}"
    play = await app.place_order(title=title_)
    await play.act("accept", play.seller)
    links = ["https://files.example/%3Cscript%3E.png"]
    await play.act("deliver", play.seller, {"message": text, "links": links})
    said = await app.api.post(
        f"/v1/orders/{play.order['id']}/messages", play.seller, {"text": text, "links": links}
    )
    assert 201 == said.status_code
    me = {"language": "en", "email": None, "time_zone": "UTC", "channels": {"email": False}}
    named = await app.api.call("PUT", "/v1/me", play.seller, {**me, "name": SCRIPT})
    assert 200 == named.status_code, named.text
    page = await opened(app, play, "buyer")
    assert "<script>alert" not in page
    assert title_ in unescape(page)
    assert 4 <= unescape(page).count(SCRIPT)
    assert re.search(r'<blockquote dir="auto">', page)
    assert 'rel="noopener noreferrer nofollow"' in page


async def test_a_brief_of_many_lines_is_folded(app: AppUnderTest) -> None:
    play = await app.place_order()
    brief = "\n".join(f"line {n}" for n in range(20))
    async with changed(app, "orders", f"id = '{play.order['id']}'", brief=f"'{brief}'"):
        assert '<details class="clamp">' in await opened(app, play, "seller")


async def test_strangers_find_nothing_and_nobody_is_asked_to_sign_in(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("disputed")
    addresses = ("", "/stream", "/deadline.ics", "/case.json")
    async with visiting(app, somebody("stranger")) as visit:
        for more in addresses:
            assert 404 == (await visit.get(path(play, more))).status_code
        assert 404 == (await visit.get("/orders/none")).status_code
    async with visiting(app) as visit:
        for more in addresses:
            assert 401 == (await visit.get(path(play, more))).status_code


async def test_who_looks_after_an_order_has_a_page_of_their_own(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play, calm = await order_in("disputed"), await order_in("pending")
    mediator, operator = somebody("mediator", *MEDIATOR.roles), somebody("op", *OPERATOR.roles)
    async with visiting(app, mediator) as visit:
        answer = await visit.get(path(play))
        assert (303, f"/disputes/{play.order['id']}") == (
            answer.status_code,
            answer.headers["Location"],
        )
        assert 404 == (await visit.get(path(calm))).status_code
    async with visiting(app, operator) as visit:
        answer = await visit.get(path(calm))
        assert f"/console/orders/{calm.order['id']}" == answer.headers["Location"]


async def test_a_spoiled_order_is_told_as_what_it_is(app: AppUnderTest) -> None:
    play = await app.place_order()
    doc = "jsonb_set(doc, '{currency}', '\"q\"')"
    where = f"id = '{play.order['id']}'"
    async with changed(app, "orders", where, doc=doc), visiting(app, play.buyer) as visit:
        answer = await visit.get(path(play))
    assert 409 == answer.status_code
    assert "What is kept of this cannot be read" in answer.text


async def test_without_the_database_the_page_says_so(app: AppUnderTest) -> None:
    play = await app.place_order()
    async with visiting(app, play.buyer) as visit, serving("postgresql://x@127.0.0.1:1/x") as api:
        cookies = "; ".join(f"{name}={value}" for name, value in visit.client.cookies.items())
        answer = await api.get(path(play), Cookie=cookies)
    assert 503 == answer.status_code
    assert "We cannot answer for a moment" in answer.text


async def test_an_offer_and_proposals_stand_beside_each_other_with_their_answers(
    app: AppUnderTest,
) -> None:
    play = await (await app.place_order()).reach("in_progress")
    offer = {"title": "A letterhead", "price": {"amount": 555, "currency": "EUR"}}
    await play.act("make_offer", play.seller, {**offer, "delivery_time": "P2D"})
    for who, cents in ((play.buyer, 1234), (play.seller, 500)):
        refund = {"amount": cents, "currency": "EUR"}
        await play.act("propose_settlement", who, {"refund": refund, "reason": f"{cents} is fair"})
    page = await opened(app, play, "buyer")
    told = part(page, "owed")
    assert "A letterhead €5.55" in told
    assert "You €12.34 The seller €6.13 Commission €1.53" in told
    assert "You €5.00 The seller €12.00 Commission €3.00" in told
    assert {"accept_offer", "decline_offer", "withdraw_settlement", "accept_settlement"} <= set(
        re.findall(r"/actions/(\w+)\?", page)
    )


async def test_a_wish_to_cancel_is_answered_where_it_stands(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("in_progress")
    await play.act("request_cancellation", play.buyer, {"reason": "I have moved away."})
    page = await opened(app, play, "seller")
    assert "I have moved away." in part(page, "owed")
    assert "Refuse to cancel…" in part(page, "owed")
    assert "Your wish to cancel" in part(await opened(app, play, "buyer"), "owed")


async def test_facts_name_extras_and_what_the_seller_earns(app: AppUnderTest) -> None:
    play = await app.place_order(revisions_included=2)
    to_seller = part(await opened(app, play, "seller"), "facts")
    assert "Commission (20%) -€4.00 Paid to you when it completes €16.00" in to_seller
    assert "Revisions 0 of 2 used" in to_seller
    assert "Source files 1 day €5.00" in to_seller
    assert "Commission (" not in part(await opened(app, play, "buyer"), "facts")
