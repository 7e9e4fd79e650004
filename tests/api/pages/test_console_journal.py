"""The journal of those who operate on its page, and pages that show nobody what they may not do."""

from uuid import uuid4

import pytest

from db import operator_journal
from db.pool import connection
from domain.operator_deeds import Deed, OperatorDeed, Subject
from tests.api.pages.browser import hidden, visiting
from tests.api.pages.test_acting import Panel
from tests.api.pages.test_console_deliveries import endpoint_of
from tests.app_under_test import MEDIATOR, OPERATOR, AppUnderTest, Json, Person, somebody
from tests.contract import eur

PAGE = "/console/journal"


async def paid_in(app: AppUnderTest, by: Person, who: Person, reason: str = "As agreed.") -> Json:
    """A top-up of 7.00 EUR, with a reason."""
    body = eur(700) | {"reason": reason}
    key = f"{by.id} {who.id}"
    answer = await app.api.post(f"/v1/wallets/{who.id}/top-ups", by, body, key=key)
    assert 201 == answer.status_code, answer.text
    made: Json = answer.json()
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_deed_is_read_with_who_why_and_where_it_leads(
    language: str, app: AppUnderTest
) -> None:
    by, rich = somebody("finance", "finance"), somebody("rich")
    made = await paid_in(app, by, rich, "The <b>bank</b> says so.")
    async with visiting(app, by) as visit:
        page = await visit.get(f"{PAGE}?by={by.id}", Accept_Language=language)
        nothing = await visit.get(f"{PAGE}?by=nobody-at-all", Accept_Language=language)
    assert 200 == page.status_code, page.text
    assert "The &lt;b&gt;bank&lt;/b&gt; says so." in page.text
    assert f'href="/console/transfers/{made["id"]}"' in page.text
    assert f'href="/console/people/{rich.id}"' in page.text
    assert {"en": "write down a top-up", "fr": "inscrire un crédit"}[language] in page.text
    assert rich.id not in nothing.text


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_what_temporal_refused_is_read_with_its_words(
    language: str, app: AppUnderTest
) -> None:
    name = f"order-{uuid4()}"
    async with connection(app.pool) as acquired:
        for refusal in ("it is <b>full</b>", None):
            deed = OperatorDeed("olga", (), Deed.TERMINATE, Subject.WORKFLOW, name)
            number = await operator_journal.begin(acquired, deed)
            await operator_journal.note_outcome(acquired, number, refusal)
        await operator_journal.begin(acquired, deed)
    async with visiting(app, somebody("operator", "operator")) as visit:
        page = (await visit.get(f"{PAGE}?on={name}&deed=terminate", Accept_Language=language)).text
    assert 3 == page.count("<code>terminate</code>")
    assert 1 == page.count("it is &lt;b&gt;full&lt;/b&gt;")
    begun = {"en": "begun, without an outcome", "fr": "commencé, sans résultat noté"}
    assert 1 == page.count(begun[language])


async def test_it_is_found_from_what_was_done_to(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("disputed")
    made = await paid_in(app, OPERATOR, play.buyer)
    await play.act("assign", OPERATOR, {"mediator_id": MEDIATOR.id})
    async with visiting(app, somebody("support", "support")) as visit:
        for page, link, said in (
            (f"/console/transfers/{made['id']}", f"?on={made['id']}", "write down a top-up"),
            (f"/console/orders/{play.order['id']}", f"?on={play.order['id']}", MEDIATOR.id),
            (f"/console/people/{play.buyer.id}", f"?person={play.buyer.id}", made["id"]),
        ):
            assert f'href="{PAGE}{link}"' in (await visit.get(page)).text
            assert said in (await visit.get(PAGE + link)).text


async def test_it_goes_on_where_a_page_ends(app: AppUnderTest) -> None:
    by, rich = somebody("machine", "provider"), somebody("rich")
    for number in range(51):
        key, path = f"{by.id}-{number}", f"/v1/wallets/{rich.id}/top-ups"
        assert 201 == (await app.api.post(path, by, eur(number + 1), key=key)).status_code
    async with visiting(app, somebody("operator", "operator")) as visit:
        first = await visit.get(f"{PAGE}?by={by.id}")
        onward = first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        second = await visit.get(onward.replace("&amp;", "&"))
        file = await visit.get(f"{PAGE}.csv?by={by.id}")
        exported = await visit.get(f"{PAGE}?deed=export")
    assert (50, 1) == (_lines(first.text), _lines(second.text))
    assert 52 == len(file.text.splitlines())
    assert "operator-journal" in exported.text


def _lines(html: str) -> int:
    return html.count("write down a top-up</b>")


@pytest.mark.parametrize("query", ["deed=steal", "since=yesterday", "by=%01"])
async def test_what_cannot_be_looked_for_is_said(query: str, app: AppUnderTest) -> None:
    async with visiting(app, somebody("operator", "operator")) as visit:
        assert 422 == (await visit.get(f"{PAGE}?{query}")).status_code


@pytest.mark.parametrize("role", ["user", "mediator", "provider"])
async def test_it_is_for_those_who_operate(role: str, app: AppUnderTest) -> None:
    async with visiting(app, somebody(role, role)) as visit:
        page = await visit.get(PAGE)
        assert 403 == page.status_code
        assert "It is left to: operator, support, finance." in page.text
        assert PAGE not in (await visit.get("/inbox")).text


MOVING = ("/console/transfers/new/top_up", "/console/transfers/new/payout")
COMMISSION = "/console/transfers/new/commission_payout"


@pytest.mark.parametrize(
    ("role", "may"), [("operator", True), ("finance", True), ("support", False)]
)
async def test_nobody_is_shown_money_that_they_may_not_move(
    role: str, may: bool, app: AppUnderTest
) -> None:
    rich = somebody("rich")
    made = await paid_in(app, OPERATOR, rich)
    async with visiting(app, somebody(role, role)) as visit:
        listed = (await visit.get("/console/transfers")).text
        person = (await visit.get(f"/console/people/{rich.id}")).text
        transfer = (await visit.get(f"/console/transfers/{made['id']}")).text
        forms = [(await visit.get(path)).status_code for path in (*MOVING, COMMISSION)]
    assert [may] * 3 == [path in listed for path in (*MOVING, COMMISSION)]
    assert [may] * 2 == [path in person for path in MOVING]
    assert may is (f"{made['id']}/reverse" in transfer)
    assert [200 if may else 403] * 3 == forms
    left = "Paying in and out is left to: operator, finance, payment provider."
    assert may is not (left in listed)


@pytest.mark.parametrize(
    ("role", "may"), [("operator", True), ("support", True), ("finance", False)]
)
async def test_nobody_is_shown_messages_that_they_may_not_send(
    role: str, may: bool, app: AppUnderTest
) -> None:
    at = f"/console/deliveries/{await endpoint_of(app)}"
    async with visiting(app, somebody(role, role)) as visit:
        page = (await visit.get(at)).text
        ours = {"made_for": hidden((await visit.get("/settings")).text, "made_for")}
        fields = ours | {"key": role, "delivery": "all"}
        sent = [await visit.client.post(f"{at}/{way}", data=fields) for way in ("test", "again")]
    assert may is (f'action="{at}/test"' in page)
    assert may is (f'action="{at}/again"' in page)
    assert [303 if may else 403] * 2 == [one.status_code for one in sent]


@pytest.mark.parametrize(
    ("role", "can"),
    [("operator", ("assign", "cancel")), ("support", ("assign",)), ("finance", ())],
)
async def test_nobody_is_shown_actions_that_they_may_not_do(
    role: str, can: tuple[str, ...], app: AppUnderTest
) -> None:
    play = await (await app.place_order()).reach("disputed")
    here = f"/console/orders/{play.order['id']}"
    async with visiting(app, somebody(role, role)) as visit:
        page = (await visit.get(here)).text
        opened = {
            action: (await Panel(visit, play.order, action, "/console/orders").open())
            for action in ("assign", "cancel")
        }
    shown = tuple(one for one in ("assign", "cancel") if f'href="{here}/actions/{one}"' in page)
    assert can == shown
    assert {one: 200 if one in can else 403 for one in opened} == {
        one: answer.status_code for one, answer in opened.items()
    }
    assert ("Cancelling an order is left to: operator." in page) is ("cancel" not in can)
