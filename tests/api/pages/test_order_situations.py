"""Late, asked to be cancelled, or ended by sharing: each side of an order reads at once what is
due, what happens by itself, and where the money is."""

import re

from tests.api.pages.browser import visiting
from tests.api.pages.test_order_page import in_french, opened, part, path, side, title, words
from tests.app_under_test import AppUnderTest, OrderInPlay, eventually
from tests.contract import eur


async def late_order(app: AppUnderTest) -> OrderInPlay:
    play = await (await app.place_order(delivery_time="PT1S")).reach("in_progress")
    await eventually(play.now, lambda order: order["late"] and order["deadline"] is None)
    return play


def choices(page: str) -> list[str]:
    """What stands at the top of all that can be done, by its titles."""
    found = re.search(r'(?s)class="choices">(.*?)</section>', page)
    return re.findall(r"<h3>(.*?)</h3>", found[1]) if found else []


async def test_who_bought_what_is_late_chooses_between_more_time_and_an_end(
    app: AppUnderTest,
) -> None:
    play = await late_order(app)
    page = await opened(app, play, "buyer")
    assert title(page).startswith("Your move: ")
    assert "The order is late. You can wait, or cancel." in part(page, "head")
    assert "Late by" in part(page, "situation")
    assert "Nothing happens by itself" in part(page, "situation")
    assert ["Give more time", "Cancel, and get everything back"] == choices(page)
    assert "You €20.00 The seller €0.00" in part(page, "actions")
    assert f'href="{path(play)}#conversation"' in page
    assert "Work due by" in part(page, "facts")


async def test_who_sells_what_is_late_is_asked_to_deliver(app: AppUnderTest) -> None:
    play = await late_order(app)
    async with visiting(app, play.seller) as visit:
        page = (await visit.get(path(play))).text
        await in_french(visit)
        french = (await visit.get(path(play))).text
    assert "The order is late: please deliver." in part(page, "head")
    assert ["Deliver the work"] == choices(page)
    assert ["Livrer le travail"] == choices(french)
    assert "En retard de" in part(french, "situation")


async def test_a_list_tells_what_is_late_first_on_either_side(app: AppUnderTest) -> None:
    play = await late_order(app)
    for person in (play.buyer, play.seller):
        async with visiting(app, person) as visit:
            page = words((await visit.get("/orders")).text)
        assert "Your move" in page
        assert "late" in page.partition("Your move")[2]


async def test_an_answer_about_cancelling_is_counted_down_to_where_it_comes_first(
    app: AppUnderTest,
) -> None:
    play = await (await app.place_order(delivery_time="P10D")).reach("in_progress")
    due = play.order["due_at"]
    await play.act("request_cancellation", play.buyer, {"reason": "I have moved away."})
    answer_by = (await play.now())["cancellation_request"]["answer_by"]
    for role, then in (
        ("buyer", "After that you can open a dispute. The €20.00 stays in escrow."),
        ("seller", "After that The buyer can open a dispute."),
    ):
        async with visiting(app, side(play, role)) as visit:
            page = (await visit.get(path(play))).text
            listed = words((await visit.get("/orders")).text)
            taken = (await visit.get(path(play, "/deadline.ics"))).text
        until = re.search(r'data-until="([^"]+)"', page)
        assert until is not None
        assert answer_by[:19] == until[1][:19] != due[:19]
        assert then.lower() in part(page, "situation").lower()
        assert "Work due by" in part(page, "facts")
        assert "else a dispute can be opened" in listed
        assert re.sub(r"[-:]", "", answer_by[:19]) in taken
        assert ("has until" in part(page, "actions")) is (role == "buyer")


async def test_an_earlier_due_date_is_counted_down_to(app: AppUnderTest) -> None:
    play = await (await app.place_order(delivery_time="PT1H")).reach("in_progress")
    await play.act("request_cancellation", play.buyer, {"reason": "I have moved away."})
    until = re.search(r'data-until="([^"]+)"', await opened(app, play, "seller"))
    assert until is not None
    assert play.order["due_at"][:19] == until[1][:19]


async def test_a_shared_order_says_to_both_what_each_got(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    await play.act("propose_settlement", play.seller, {"refund": eur(500), "reason": "Half."})
    proposal = play.order["settlements"][0]["id"]
    await play.act("accept_settlement", play.buyer, {"settlement_id": proposal})
    for role, got, other in (
        ("buyer", "Back to you €5.00", "The seller €12.00"),
        ("seller", "Paid to you €12.00", "The buyer €5.00"),
    ):
        async with visiting(app, side(play, role)) as visit:
            page = (await visit.get(path(play))).text
            await in_french(visit)
            french = (await visit.get(path(play))).text
        shown = part(page, "situation")
        assert "The order is settled: the money is shared." in part(page, "head")
        assert "Ended on" in shown
        for said in (got, other, "Commission €3.00", "Left escrow €20.00"):
            assert said in shown, said
        assert "/actions/" not in page
        back = "you" if role == "buyer" else "the buyer"
        assert f"€5.00 back to {back}" in part(page, "story")
        assert "accepted the proposal: the order is settled." in part(page, "story")
        assert "La commande est close : l’argent est partagé." in part(french, "head")
