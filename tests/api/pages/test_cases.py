"""What mediators look at: the queue of disputes, and a case on one page."""

from typing import Any

import pytest

from db import orders
from tests.api.conftest import OrderIn
from tests.api.pages.browser import Visit, hidden, visiting
from tests.app_under_test import MEDIATOR, AppUnderTest, OrderInPlay, Person, somebody
from tests.contract import eur

SCRIPT = "<script>alert('x')</script>"


def mediator() -> Person:
    return somebody("mediator", "mediator")


async def page(visit: Visit, path: str, language: str = "en") -> str:
    """A page that is there, in a language, with no word of it missing."""
    await visit.client.post(
        "/preferences/language", data={"language": language, "next": "/disputes"}
    )
    answer = await visit.get(path)
    assert 200 == answer.status_code, answer.text
    assert f'<html lang="{language}"' in answer.text
    assert "%(" not in answer.text
    return answer.text


def case(in_play: OrderInPlay) -> str:
    return f"/disputes/{in_play.order['id']}"


async def post(visit: Visit, path: str, shown: str, **fields: str) -> tuple[int, str, str]:
    """Sends a form of a page that was shown: the status, where it sends, and its text."""
    given = {name: hidden(shown, name) for name in ("made_for", "key", "seen")}
    answer = await visit.client.post(path, data={**given, **fields})
    return answer.status_code, answer.headers.get("Location", ""), answer.text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No dispute waits."), ("fr", "Aucun litige n’attend.")]
)
async def test_an_empty_queue_says_so(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    async def none(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(orders, "disputes", none)
    async with visiting(app, mediator()) as visit:
        for name in ("all", "mine", "free"):
            shown = await page(visit, f"/disputes?show={name}", language)
            assert (True, False) == (said in shown, "<table" in shown)


async def test_who_has_no_case_is_led_to_those_that_nobody_has(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    await order_in("disputed")
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, "/disputes?show=mine")
    assert (True, True) == ("You have no case." in shown, 'href="/disputes?show=free"' in shown)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_queue_tells_what_waits_and_who_has_it(
    app: AppUnderTest, order_in: OrderIn, language: str
) -> None:
    free, taken = await order_in("disputed"), await order_in("disputed")
    me = mediator()
    await taken.act("assign", me)
    async with visiting(app, me) as visit:
        shown = {
            name: await page(visit, f"/disputes?show={name}", language)
            for name in ("all", "mine", "free", "no-such-filter")
        }
    has = {
        name: [f'href="{case(one)}"' in text for one in (free, taken)]
        for name, text in shown.items()
    }
    assert {
        "all": [True, True],
        "mine": [False, True],
        "free": [True, False],
        "no-such-filter": [True, True],
    } == has
    assert f'href="{case(free)}/actions/assign"' in shown["all"]
    assert f'href="{case(taken)}/actions/assign"' not in shown["all"]


async def test_the_queue_says_by_how_much_they_are_apart(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    me = mediator()
    await in_play.act("propose_settlement", in_play.buyer, {"refund": eur(1234)})
    await in_play.act("propose_settlement", in_play.seller, {"refund": eur(500)})
    await in_play.act("assign", me)
    async with visiting(app, me) as visit:
        assert "€7.34" in await page(visit, "/disputes?show=mine")
        assert "7,34 €".replace(" ", "\N{NO-BREAK SPACE}") in await page(
            visit, "/disputes?show=mine", "fr"
        )
        shown = await page(visit, case(in_play))
    assert "€7.34" in shown
    assert "Wants €12.34 back" in shown
    assert "Offers €5.00 back" in shown


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_case_is_told_from_both_sides(
    app: AppUnderTest, order_in: OrderIn, language: str
) -> None:
    in_play = await order_in("disputed")
    me = mediator()
    await in_play.act("add_statement", in_play.seller, {"statement": "It is azure."})
    await in_play.act(
        "add_statement",
        in_play.buyer,
        {"statement": "Not blue.", "links": ["https://files.example/side-by-side.png"]},
    )
    refused = await app.api.act(in_play.order, "complete", in_play.buyer)
    assert 409 == refused.status_code
    await in_play.act("assign", me)
    async with visiting(app, me) as visit:
        shown = await page(visit, case(in_play), language)
    for said in ("A logo for my shop.", "It is not blue.", "It is azure.", "Not blue.", "How?"):
        assert said in shown
    assert "Here it is." in shown
    assert 'rel="noopener noreferrer nofollow"' in shown
    assert "side-by-side.png" in shown
    assert f'action="{case(in_play)}/actions/resolve"' in shown
    buyer, seller = (
        shown.index('<article class="c-buyer">'),
        shown.index('<article class="c-seller">'),
    )
    assert buyer < seller
    assert shown.index("</main>") > shown.index('id="h-rule"') > shown.index('id="h-story"')
    assert 'href="#h-rule"' in shown


async def test_the_story_is_filtered_by_its_address(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await app.api.act(in_play.order, "complete", in_play.buyer)
    async with visiting(app, mediator()) as visit:
        counted = {
            show: (await page(visit, f"{case(in_play)}?show={show}")).count('id="entry-')
            for show in ("all", "words", "refused", "no-such-filter")
        }
    # placed, accepted, delivered, asked, refused, disputed, and what was tried in vain
    assert {"all": 7, "words": 4, "refused": 1, "no-such-filter": 7} == counted


async def test_a_long_story_goes_on_at_an_address_of_its_own(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    for number in range(3):
        statement = f"Statement {number}: " + "long " * 1900
        await in_play.act("add_statement", in_play.buyer, {"statement": statement})
    document = await app.api.get(f"/v1/orders/{in_play.order['id']}/case?limit=3", MEDIATOR)
    cursor = document.json()["next_cursor"]
    async with visiting(app, mediator()) as visit:
        earlier = await page(visit, f"{case(in_play)}?cursor={cursor}")
        assert 422 == (await visit.get(f"{case(in_play)}?cursor=x")).status_code
    assert "Bluer, please." in earlier
    assert "Statement 2" not in earlier
    assert f'href="{case(in_play)}"' in earlier


async def test_who_is_no_mediator_is_told_so(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, somebody("passer-by")) as visit:
        for path in ("/disputes", case(in_play), f"{case(in_play)}/case.json"):
            answer = await visit.get(path)
            assert (403, True) == (answer.status_code, "not for you" in answer.text), path
        nowhere = await visit.get("/disputes/0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d10")
        assert 403 == nowhere.status_code  # whether it is there or not


async def test_a_party_is_sent_to_the_order(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    for who in (in_play.buyer, in_play.seller, Person(in_play.buyer.id, ("user", "mediator"))):
        async with visiting(app, who) as visit:
            answer = await visit.get(case(in_play))
        assert (303, f"/orders/{in_play.order['id']}") == (
            answer.status_code,
            answer.headers["Location"],
        )


@pytest.mark.parametrize("role", ["mediator", "operator"])
async def test_what_is_not_disputed_is_no_case(
    app: AppUnderTest, order_in: OrderIn, role: str
) -> None:
    in_play = await order_in("delivered")
    async with visiting(app, somebody(role, role)) as visit:
        for path in (case(in_play), "/disputes/nothing", f"{case(in_play)}/case.json"):
            answer = await visit.get(path)
            assert (404, True) == (answer.status_code, "There is nothing here" in answer.text)


async def test_an_operator_looks_on_and_hands_over(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, somebody("operator", "operator")) as visit:
        shown = await page(visit, case(in_play))
        assert f'action="{case(in_play)}/actions/resolve"' not in shown
        assert f'action="{case(in_play)}/messages"' not in shown
        assert f'href="{case(in_play)}/actions/assign"' in shown
        status, _, text = await post(visit, f"{case(in_play)}/messages", shown, text="Hello")
    assert (403, True) == (status, "Hello" in text)


async def test_a_mediator_writes_to_both_sides_once(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, case(in_play))
        for _ in range(2):  # a double click
            status, where, _ = await post(
                visit, f"{case(in_play)}/messages", shown, text="Which lamps?"
            )
            assert (303, f"{case(in_play)}#talk") == (status, where)
        again = await page(visit, case(in_play))
    assert 1 == again.count("Which lamps?")
    heard = await app.api.get(f"/v1/orders/{in_play.order['id']}/messages", in_play.seller)
    assert ["Which lamps?"] == [one["text"] for one in heard.json()["items"]]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_what_cannot_be_sent_is_kept(
    app: AppUnderTest, order_in: OrderIn, language: str
) -> None:
    in_play = await order_in("disputed")
    long = "too long " * 1200
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, case(in_play), language)
        status, _, text = await post(visit, f"{case(in_play)}/messages", shown, text=long)
        assert (422, True) == (status, long.strip() in text)
        status, _, text = await post(visit, f"{case(in_play)}/messages", shown, text=" ")
        assert (422, True) == (status, 'aria-invalid="true"' in text)


async def test_a_message_to_a_case_that_was_closed_meanwhile_is_kept(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, mediator()) as visit:
        shown = await page(visit, case(in_play))
        await in_play.act("resolve", MEDIATOR, {"outcome": "refund", "reasons": "Not blue."})
        status, _, text = await post(visit, f"{case(in_play)}/messages", shown, text="A question")
    assert (409, True) == (status, "A question" in text)


async def test_nothing_that_people_write_is_anything_but_text(app: AppUnderTest) -> None:
    in_play = await app.place_order(title=SCRIPT)
    for who, action, body in (
        (in_play.seller, "accept", None),
        (in_play.seller, "deliver", {"message": SCRIPT, "links": ["https://x.example/%3Cb%3E"]}),
        (in_play.buyer, "request_revision", {"reason": SCRIPT}),
        (in_play.seller, "refuse_revision", {"ground": "other", "reason": SCRIPT}),
        (in_play.buyer, "propose_settlement", {"refund": eur(500), "reason": SCRIPT}),
        (in_play.buyer, "open_dispute", {"reason": SCRIPT}),
        (in_play.seller, "add_statement", {"statement": SCRIPT}),
    ):
        await in_play.act(action, who, body)
    said = f"/v1/orders/{in_play.order['id']}/messages"
    assert 201 == (await app.api.post(said, in_play.buyer, {"text": SCRIPT})).status_code
    me = mediator()
    async with visiting(app, me) as visit:
        shown = await page(visit, case(in_play))
        await in_play.act("resolve", me, {"outcome": "pay_seller", "reasons": SCRIPT})
        decided = await page(visit, case(in_play))
        listed = await page(visit, "/disputes")
    for text in (shown, decided, listed):
        assert SCRIPT not in text
    assert shown.count("&lt;script&gt;") > 8


async def test_the_case_file_is_the_apis_own(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, mediator()) as visit:
        answer = await visit.get(f"{case(in_play)}/case.json")
    theirs = await app.api.get(f"/v1/orders/{in_play.order['id']}/case", MEDIATOR)
    assert theirs.json() == answer.json()
    assert answer.headers["Content-Disposition"].startswith("attachment;")
